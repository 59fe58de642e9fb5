import { setImmediate } from 'node:timers/promises'
import { statusOf } from '../../chain/call.ts'
import { instructionText } from '../../core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { haltName } from '../../core/halt.ts'
import { bytesToHex, parseNumber, toFixedHex } from '../../core/hex.ts'
import { Debugger, type StopTest } from '../../trace/debugger.ts'
import type { SourceMap } from '../../trace/source-map.ts'
import { plain } from '../plain.ts'
import { errorText } from '../runtime-options.ts'
import { type Breakpoint, CONDITIONS, readBreakpoint } from './breakpoints.ts'
import { Names } from './names.ts'
import type { Opened } from './opened.ts'
import { runOf } from './recipe.ts'
import { type SavedSession, writeSession } from './session-file.ts'
import {
  callLines,
  codeLines,
  listingOf,
  logLines,
  memoryLines,
  nextName,
  sourceName,
  stackLines,
  storageLines,
} from './views.ts'

/** A run is looked through to this position, so that it is known how long it is. */
const SURVEY_STEPS = 2_000_000

/** Instructions that are run at once; between, a key or a signal may stop it. */
const SLICE_STEPS = 200_000

/** Everything that can be asked of a stepper, in a line each; the first word may be written short. */
export const COMMANDS: readonly (readonly [names: readonly string[], describe: string])[] = [
  [['step', 's'], '[N]: execute N instructions, into calls'],
  [['over', 'n'], 'execute one with all that it calls'],
  [['out', 'f'], 'run until this frame has ended'],
  [['back', 'b'], '[N]: go back N instructions'],
  [['back-over', 'N'], 'go back over one with all that it called'],
  [['back-out', 'F'], 'go back to the call that this frame runs'],
  [['continue', 'c'], 'run to the next breakpoint, or to the end'],
  [['back-continue', 'C'], 'go back to the breakpoint before, or to the beginning'],
  [['until', 'u'], `CONDITION: run until it holds: ${CONDITIONS}`],
  [['back-until', 'U'], 'CONDITION: go back until it holds'],
  [['goto', 'g'], 'POSITION: go there; end for the end'],
  [['break', 'k'], 'CONDITION: set a breakpoint'],
  [['delete', 'd'], 'NUMBER: delete a breakpoint'],
  [['breakpoints', 'ks'], 'list them'],
  [['search', '/'], 'TEXT: go on to the next instruction with TEXT in it; again without TEXT'],
  [['where', 'w'], 'what is next'],
  [['list', 'l'], '[N]: N instructions about the next'],
  [['stack', 'st'], 'operands, the top first, and registers'],
  [['memory', 'm'], '[OFFSET [SIZE]]'],
  [['storage', 'sg'], 'what has been changed: slots, balances, nonces, code; transient storage'],
  [['calls', 'bt'], 'open frames, the innermost first'],
  [['logs', 'lg'], 'the log'],
  [['peek', 'p'], 'what the next instruction will cost, without executing it'],
  [['save', 'v'], '[FILE]: keep the session'],
  [['help', 'h'], 'this list'],
  [['quit', 'q'], 'leave'],
]

/** What a command gave: lines to show, and whether it was the last. */
export interface Reply {
  readonly lines: readonly string[]
  readonly isLast: boolean
}

/** Steps a session by commands of a line each: what the full screen, the line mode and scripts share. */
export class Stepper {
  readonly debug: Debugger
  readonly names: Names
  readonly sourceMap: SourceMap | null
  readonly title: string
  breakpoints: readonly Breakpoint[]
  /** Set by who takes keys or signals: what runs stops as soon as it can. */
  isInterrupted = false
  readonly #session: SavedSession
  #file: string | null
  #search = ''

  /** `file` is where `save` writes where it names none. */
  constructor({ session, sourceMap, abis }: Opened, file: string | null) {
    this.debug = new Debugger(runOf(session.recipe))
    this.names = new Names(abis, session.abis)
    this.sourceMap = sourceMap
    this.title = plain(session.name)
    this.#session = session
    this.#file = file
    const { table } = this.debug.driver
    this.breakpoints = session.breakpoints.map((text) => readBreakpoint(text, table, sourceMap))
    this.debug.goTo(session.position)
  }

  /** Learns how long the run is, if it is not too long. */
  survey(): void {
    this.debug.survey(Math.max(SURVEY_STEPS, this.debug.position))
  }

  save(path: string | null = this.#file): string {
    if (path === null)
      throw new ZvmError(ERROR_CODES.usage, 'save: name a file, or start with --session FILE')
    const breakpoints = this.breakpoints.map(({ text }) => text)
    writeSession(path, { ...this.#session, position: this.debug.position, breakpoints })
    this.#file = path
    return path
  }

  /** Does a command. Throws USAGE or what else is wrong, in which case nothing has changed but, perhaps, the position. */
  async execute(line: string): Promise<Reply> {
    const [, word = '', rest = ''] = /^\s*(\/|\S+)\s*(.*)$/.exec(line) ?? []
    if (word === '') return { lines: [], isLast: false }
    const name = COMMANDS.find(([names]) => names.includes(word))?.[0][0]
    if (name === undefined)
      throw new ZvmError(ERROR_CODES.usage, `unknown command ${plain(word.slice(0, 40))}; help lists them`)
    this.isInterrupted = false
    const lines = await this.#do(name, rest.trim())
    return { lines, isLast: name === 'quit' }
  }

  async #do(name: string, rest: string): Promise<readonly string[]> {
    const { debug } = this
    switch (name) {
      case 'step':
        await this.#forward(debug.position + count(rest))
        return this.where()
      case 'over':
        return this.#run(debug.within())
      case 'out':
        return this.#run(debug.outside())
      case 'back':
        debug.goTo(Math.max(0, debug.position - count(rest)))
        return this.where()
      case 'back-over':
        return this.#runBack(debug.within())
      case 'back-out':
        return this.#runBack(debug.outside())
      case 'continue':
        return this.#run(() => false)
      case 'back-continue':
        return this.#runBack((at) => this.breakpoints.some(({ holds }) => holds(at)))
      case 'until':
        return this.#run(this.#condition(rest).holds)
      case 'back-until':
        return this.#runBack(this.#condition(rest).holds)
      case 'goto':
        await this.#goTo(rest)
        return this.where()
      case 'break':
        return this.#addBreakpoint(rest)
      case 'delete':
        return this.#deleteBreakpoint(rest)
      case 'breakpoints':
        return this.breakpoints.map(({ text }, i) => `${i + 1} ${text}`)
      case 'search':
        return this.#searchCode(rest)
      case 'list':
        return codeLines(debug, rest === '' ? 11 : count(rest), null, (pc) => this.isStop(pc)).map(
          ({ text }) => text,
        )
      case 'memory':
        return this.#memory(rest)
      case 'peek':
        return this.#peek()
      case 'save':
        return [`saved to ${plain(this.save(rest === '' ? undefined : rest))}`]
      case 'help':
        return COMMANDS.map(([names, describe]) => `${names.join(', ').padEnd(18)} ${describe}`)
      case 'quit':
        return []
      default:
        await this.names.prepare(debug)
        return this.#view(name)
    }
  }

  #view(name: string): readonly string[] | Promise<readonly string[]> {
    if (name === 'stack') return stackLines(this.debug, this.names)
    if (name === 'storage') return storageLines(this.debug, this.names)
    if (name === 'calls') return callLines(this.debug, this.names)
    if (name === 'logs') return logLines(this.debug, this.names)
    return this.where()
  }

  /** Where it stands, in a line; of an end also what came of it. */
  async where(): Promise<string[]> {
    const { debug } = this
    const { frame } = debug
    if (frame === null) return [`${debug.position}: ended: ${await this.outcome()}`]
    const { instructions, at } = listingOf(frame.program, debug.driver.table)
    const index = at.get(frame.pc)
    const text = index === undefined ? nextName(debug, frame) : instructionText(instructions[index])
    const source = sourceName(debug, this.sourceMap)
    const line = `${debug.position}: ${toFixedHex(BigInt(frame.pc), 2)} ${text}`
    return [
      `${line.padEnd(32)} gas ${frame.gas} (used ${debug.gasUsed}) depth ${frame.depth + 1}${source === '' ? '' : ` ${source}`}`,
    ]
  }

  /** Whether the message has ended, and not well. */
  get hasFailed(): boolean {
    const { debug } = this
    return debug.hasEnded && statusOf(debug.driver.result.halt) !== 'success'
  }

  /** How the message ended, in words. */
  async outcome(): Promise<string> {
    const { driver, gasUsed } = this.debug
    const { halt, output } = driver.result
    const { recipe } = this.#session
    const runtime = recipe.kind === 'message' ? recipe.runtime : null
    const status = statusOf(halt)
    const reason = status === 'revert' ? await this.names.reason(0n, output) : null
    const why =
      status === 'success'
        ? haltName(halt)
        : plain(errorText({ result: driver.result, denied: driver.denied, runtime }))
    return `${why}${reason === null ? '' : `: ${reason}`}, gas used ${gasUsed}, output ${bytesToHex(output)}`
  }

  isStop(pc: number): boolean {
    return this.breakpoints.some(({ text }) => text === `pc ${pc}` || text === `pc 0x${pc.toString(16)}`)
  }

  /** Sets or deletes a breakpoint at a position of the code. */
  toggle(pc: number): void {
    const others = this.breakpoints.filter(
      ({ text }) => text !== `pc ${pc}` && text !== `pc 0x${pc.toString(16)}`,
    )
    if (others.length === this.breakpoints.length) this.#addBreakpoint(`pc 0x${pc.toString(16)}`)
    else this.breakpoints = others
  }

  /** Runs until a condition holds or a breakpoint is met. */
  async #run(stop: StopTest): Promise<readonly string[]> {
    const { debug } = this
    // What lasts and has begun has been stopped at.
    const stops = this.breakpoints.filter(({ isLasting, holds }) => !(isLasting && holds(debug)))
    const met = (): Breakpoint | undefined => stops.find(({ holds }) => holds(debug))
    const test = () => met() !== undefined || stop(debug)
    while (!debug.hasEnded && !debug.continueUntil(test, SLICE_STEPS)) if (await this.#isStopped()) break
    const at = debug.hasEnded ? undefined : met()
    return [...(at ? [`at breakpoint ${at.text}`] : []), ...(await this.where())]
  }

  /** Goes back until a condition holds, or to the beginning. */
  async #runBack(stop: StopTest): Promise<readonly string[]> {
    const { debug } = this
    while (debug.position > 0 && !debug.backUntil(stop, SLICE_STEPS)) if (await this.#isStopped()) break
    return this.where()
  }

  async #forward(position: number): Promise<void> {
    const { debug } = this
    while (!debug.hasEnded && debug.position < position) {
      debug.goTo(Math.min(position, debug.position + SLICE_STEPS))
      if (await this.#isStopped()) return
    }
  }

  async #isStopped(): Promise<boolean> {
    await setImmediate()
    return this.isInterrupted
  }

  async #goTo(rest: string): Promise<void> {
    const position = rest === 'end' ? Number.MAX_SAFE_INTEGER : whole(rest, 'goto')
    if (position < this.debug.position) this.debug.goTo(position)
    else await this.#forward(position)
  }

  #condition(text: string): Breakpoint {
    return readBreakpoint(text, this.debug.driver.table, this.sourceMap)
  }

  #addBreakpoint(text: string): string[] {
    const breakpoint = this.#condition(text)
    this.breakpoints = [...this.breakpoints, breakpoint]
    return [`${this.breakpoints.length} ${breakpoint.text}`]
  }

  #deleteBreakpoint(rest: string): string[] {
    const number = whole(rest, 'delete')
    if (number < 1 || number > this.breakpoints.length)
      throw new ZvmError(ERROR_CODES.usage, `delete: there is no breakpoint ${number}`)
    this.breakpoints = this.breakpoints.filter((_, i) => i !== number - 1)
    return []
  }

  #searchCode(rest: string): Promise<readonly string[]> {
    if (rest !== '') this.#search = rest.toUpperCase()
    const { table } = this.debug.driver
    const wanted = this.#search
    if (wanted === '') throw new ZvmError(ERROR_CODES.usage, 'search: for what?')
    return this.#run(({ frame }) => {
      if (frame === null) return false
      const { instructions, at } = listingOf(frame.program, table)
      const index = at.get(frame.pc)
      return index !== undefined && instructionText(instructions[index]).toUpperCase().includes(wanted)
    })
  }

  #memory(rest: string): string[] {
    const [from = '0', size = '256'] = rest.split(/\s+/).filter((word) => word !== '')
    return memoryLines(this.debug, whole(from, 'memory'), Math.ceil(whole(size, 'memory') / 16))
  }

  #peek(): string[] {
    const step = this.debug.peek()
    return step === null
      ? []
      : [`${step.opName} costs ${step.gasCost}${step.error === '' ? '' : `: ${step.error}`}`]
  }
}

function count(text: string): number {
  return text === '' ? 1 : whole(text, 'count')
}

function whole(text: string, what: string): number {
  try {
    return Number(parseNumber(text, what, 53))
  } catch (error) {
    if (error instanceof ZvmError) throw new ZvmError(ERROR_CODES.usage, plain(error.message))
    throw error
  }
}
