import { statusOf } from '../../chain/call.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import type { Debugger } from '../../trace/debugger.ts'
import { plain } from '../plain.ts'
import { Names } from '../stepper/names.ts'
import { callLines, logLines, memoryLines, stackLines, storageLines } from '../stepper/views.ts'
import { nearest } from '../suggest.ts'
import { endLine, REPL_COMMANDS } from './commands.ts'
import { type Bench, runLines, send } from './workbench.ts'

/** Rows of memory that are shown of themselves. */
const MEMORY_ROWS = 16

/** Steps that can be undone. */
const UNDO_LIMIT = 1000

/** What is shown of a machine, by part. */
type View = Readonly<Record<string, readonly string[]>>

const NOTHING: View = { stack: [], memory: [], storage: [], logs: [] }
const PARTS: readonly string[] = [...Object.keys(NOTHING), 'calls']

/** What a line gave. */
export interface ReplReply {
  readonly lines: readonly string[]
  readonly isLast: boolean
}

/** A session in which assembly runs as it is typed. Independent of where lines come from and go. */
export class Repl {
  /** The machine that ran last; null before. */
  debug: Debugger | null = null
  isCancelled = false
  #bench: Bench
  readonly #before: Bench[] = []
  #view: View = NOTHING
  #gas = 0n
  #names: Names

  constructor(bench: Bench) {
    this.#bench = bench
    this.#names = namesOf(bench)
  }

  get bench(): Bench {
    return this.#bench
  }

  /** Whether what ran last has ended, and not well. */
  get hasFailed(): boolean {
    return this.debug?.hasEnded === true && statusOf(this.debug.driver.result.halt) !== 'success'
  }

  /** Another bench, which `undo` takes back. */
  become(bench: Bench): void {
    this.#before.push(this.#bench)
    if (this.#before.length > UNDO_LIMIT) this.#before.shift()
    this.amend(bench)
  }

  /** Another bench as part of what was done last. */
  amend(bench: Bench): void {
    if (bench.contracts !== this.#bench.contracts) this.#names = namesOf(bench)
    this.#bench = bench
  }

  async undo(): Promise<string[]> {
    const before = this.#before.pop()
    if (!before) throw new ZvmError(ERROR_CODES.usage, 'undo: there is nothing to take back')
    this.amend(before)
    const { program } = before
    this.debug = null
    this.#view = NOTHING
    this.#gas = 0n
    if (program.length === 0) return ['undone']
    const { debug } = await runLines(
      { ...before, program: program.slice(0, -1) },
      program[program.length - 1],
      never,
    )
    this.debug = debug
    return ['undone', ...(debug ? await this.#changes() : [])]
  }

  /** Does a line: assembly, or a command that begins with a colon. Throws what is wrong with it, nothing having changed. */
  async execute(line: string): Promise<ReplReply> {
    this.isCancelled = false
    const text = line.trim()
    if (text === '' || /^(;|\/\/)/.test(text)) return { lines: [], isLast: false }
    if (!text.startsWith(':')) return { lines: await this.#type(line), isLast: false }
    const [, name = '', rest = ''] = /^:(\S*)\s*(.*)$/s.exec(text) ?? []
    const command = Object.hasOwn(REPL_COMMANDS, name) ? REPL_COMMANDS[name] : null
    if (!command) throw new ZvmError(ERROR_CODES.usage, unknown(name))
    const words = rest === '' ? [] : rest.split(/\s+/)
    return { lines: await command.run(this, words, rest), isLast: name === 'quit' }
  }

  async send(to: bigint | null, data: Uint8Array): Promise<string[]> {
    const { bench, debug } = await send(this.#bench, to, data, () => this.isCancelled)
    this.become(bench)
    this.debug = debug
    this.#view = NOTHING
    this.#gas = 0n
    return this.#changes()
  }

  /** A part of the machine, or all of it. */
  async show(part: string | null): Promise<readonly string[]> {
    if (part !== null && !PARTS.includes(part))
      throw new ZvmError(ERROR_CODES.usage, `show: none of ${PARTS.join(', ')}`)
    if (!this.debug) return ['nothing has run']
    const view = await this.#viewOf(this.debug)
    const all: View = { ...view, calls: callLines(this.debug, this.#names) }
    return part === null ? [...sectioned(all), this.#gasLine()] : all[part]
  }

  /** Shows the machine at another position of what ran last. */
  async look(move: (position: number) => number): Promise<readonly string[]> {
    if (!this.debug) return ['nothing has run']
    this.debug.goTo(Math.max(0, move(this.debug.position)))
    const { position, length } = this.debug
    return [`at ${position}${length === null ? '' : ` of ${length}`}`, ...(await this.show(null))]
  }

  async #type(line: string): Promise<string[]> {
    const text = /^\s*0x(?:[0-9a-fA-F]{2})+\s*$/.test(line) ? `.data ${line.trim()}` : line
    if (this.#bench.program.length === 0) {
      this.#view = NOTHING
      this.#gas = 0n
    }
    const { bench, debug } = await runLines(this.#bench, text, () => this.isCancelled)
    this.become(bench)
    if (debug) this.debug = debug
    return debug ? this.#changes() : []
  }

  /** What is not as it was shown last, and what it cost. */
  async #changes(): Promise<string[]> {
    const debug = this.debug!
    const before = this.#view
    const view = await this.#viewOf(debug)
    // Of a message that has ended there are no operands and no memory left.
    const parts = debug.hasEnded ? ['storage', 'logs'] : Object.keys(view)
    const changed = parts.filter((part) => view[part].join('\n') !== (before[part] ?? []).join('\n'))
    const lines = sectioned(Object.fromEntries(changed.map((part) => [part, view[part]])), 'empty')
    this.#view = debug.hasEnded ? NOTHING : view
    const ended = debug.hasEnded ? [endLine(this), ...(await this.#reason(debug))] : [this.#gasLine()]
    this.#gas = debug.hasEnded ? 0n : debug.gasUsed
    return [...lines, ...ended]
  }

  #gasLine(): string {
    const used = this.debug!.gasUsed
    return `gas      ${used - this.#gas} used, ${used} in all`
  }

  async #reason({ driver }: Debugger): Promise<string[]> {
    if (statusOf(driver.result.halt) !== 'revert') return []
    const reason = await this.#names.reason(0n, driver.result.output)
    return reason === null ? [] : [`reason   ${reason}`]
  }

  async #viewOf(debug: Debugger): Promise<View> {
    await this.#names.prepare(debug)
    return {
      stack: stackLines(debug, this.#names),
      memory: memoryLines(debug, 0, MEMORY_ROWS),
      storage: storageLines(debug, this.#names),
      logs: await logLines(debug, this.#names),
    }
  }
}

/** Parts with a heading each before their first line. */
function sectioned(parts: View, ifNone = ''): string[] {
  return Object.entries(parts).flatMap(([name, lines]) => {
    if (lines.length === 0) return ifNone === '' ? [] : [`${name.padEnd(8)} ${ifNone}`]
    return lines.map((line, i) => `${(i === 0 ? name : '').padEnd(8)} ${line}`)
  })
}

function namesOf({ contracts }: Bench): Names {
  const abis = contracts.flatMap(({ abi }) => abi ?? [])
  const names = new Names(
    abis,
    contracts.flatMap(({ abiJson }) => (abiJson === null ? [] : [abiJson])),
  )
  for (const { address, name } of contracts) names.add(address, name)
  return names
}

function unknown(name: string): string {
  const meant = nearest(name, Object.keys(REPL_COMMANDS))
  const hint = meant === null ? ':help lists them' : `did you mean :${meant}?`
  return `unknown command :${plain(name.slice(0, 40))}; ${hint}`
}

const never = () => false
