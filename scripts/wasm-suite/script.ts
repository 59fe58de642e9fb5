import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal, type Rule, STANDARD_RULES } from '../../src/lite/fault.ts'
import { FRAME_ROOM } from '../../src/lite/frame-room.ts'
import { type Allowance, type Instance, prepareModule, type Value } from '../../src/lite/instance.ts'
import { TRAP } from '../../src/lite/meter.ts'
import { prepareCounting } from '../lite/counting-interpreter.ts'

/** A command of a script, as wast2json writes it. */
interface Command {
  readonly type: string
  readonly line: number
  readonly name?: string
  /** Of `register`: what other modules import from it as. */
  readonly as?: string
  readonly filename?: string
  readonly module_type?: 'binary' | 'text'
  readonly text?: string
  readonly action?: {
    readonly type: 'invoke' | 'get'
    readonly module?: string
    readonly field: string
    readonly args?: readonly Typed[]
  }
  readonly expected?: readonly Typed[]
}

interface Typed {
  readonly type: string
  readonly value: string
}

/** What came of a script. */
export interface ScriptReport {
  readonly file: string
  /** Modules that are valid by the standard: in the subset, and outside by the rule that refuses them. */
  inside: number
  outside: number
  readonly rules: Partial<Record<Rule, number>>
  /** Modules that must not be valid, and are refused. */
  refused: number
  /** Assertions on modules of the subset, run metered, unmetered and by counting, with one outcome. */
  passed: number
  /** Assertions on modules outside, and modules in the text format, which is not ours to read. */
  skipped: number
  readonly faults: string[]
  /** Modules that were refused, by the line they begin at. */
  readonly refusals: { readonly line: number; readonly rule: Rule }[]
}

/** What the suite calls our traps; each is the beginning of its words. */
const WORDS: Readonly<Record<string, number>> = {
  'uninitialized element': TRAP.indirectCall,
  'out of bounds table access': TRAP.indirectCall,
  'undefined element': TRAP.indirectCall,
  'indirect call type mismatch': TRAP.indirectCall,
  'out of bounds memory access': TRAP.memory,
  unreachable: TRAP.unreachable,
  'integer overflow': TRAP.integer,
  'integer divide by zero': TRAP.integer,
  'call stack exhausted': TRAP.depth,
}

const ALLOWANCE: Allowance = { gas: 1n << 40n, room: FRAME_ROOM, pages: 1 << 16 }

/** A module of the subset that was started, three times. */
interface Started {
  readonly metered: Instance
  readonly counting: Instance
  readonly plain: Readonly<Record<string, unknown>>
  /** A module outside has imported from it. */
  isSpoilt: boolean
}

/** Runs the commands of a script that wast2json has put into a folder. */
export function runScript(folder: string, file: string): ScriptReport {
  const { commands } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
    commands: readonly Command[]
  }
  const report: ScriptReport = {
    ...{ file: file.replace(/\.json$/, '.wast'), inside: 0, outside: 0, rules: {}, refused: 0 },
    ...{ passed: 0, skipped: 0, faults: [], refusals: [] },
  }
  const runner = new Runner(folder, report)
  for (const command of commands) {
    try {
      runner.run(command)
    } catch (error) {
      report.faults.push(`line ${command.line}: threw ${(error as Error).stack?.slice(0, 300)}`)
    }
  }
  return report
}

class Runner {
  readonly #folder: string
  readonly #report: ScriptReport
  readonly #named = new Map<string, Started | null>()
  /** Null for one outside of the subset. */
  #last: Started | null = null
  readonly #registered = new Map<string, Started | null>()

  constructor(folder: string, report: ScriptReport) {
    this.#folder = folder
    this.#report = report
  }

  run(command: Command): void {
    switch (command.type) {
      case 'module':
        this.#last = this.#module(command)
        if (command.name !== undefined) this.#named.set(command.name, this.#last)
        return
      case 'assert_invalid':
      case 'assert_malformed':
        this.#mustRefuse(command)
        return
      case 'assert_uninstantiable':
        this.#mustNotStart(command)
        return
      case 'assert_return':
      case 'action':
      case 'assert_trap':
      case 'assert_exhaustion':
        this.#act(command)
        return
      case 'register':
        this.#registered.set(command.as ?? '', this.#startedOf(command.name))
        return
      case 'assert_unlinkable':
        this.#spoil(new Uint8Array(readFileSync(this.#path(command))))
        this.#report.skipped++
        return
      default:
        this.#report.skipped++
    }
  }

  #path({ filename = '' }: Command): string {
    return join(this.#folder, filename)
  }

  #fault({ line }: Command, what: string): void {
    this.#report.faults.push(`line ${line}: ${what}`)
  }

  /** The rule that refuses a module; null for one of the subset. */
  #ruleOf(command: Command, bytes: Uint8Array): Rule | null {
    const rule = ruleOf(bytes)
    const isValid = WebAssembly.validate(bytes)
    if (rule === null && !isValid) this.#fault(command, 'accepted, and the host refuses it')
    if (rule !== null && rule in STANDARD_RULES && isValid)
      this.#fault(command, `${rule}: refused, and the host accepts it`)
    return rule
  }

  #module(command: Command): Started | null {
    const report = this.#report
    const bytes = new Uint8Array(readFileSync(this.#path(command)))
    const rule = this.#ruleOf(command, bytes)
    if (rule === null) {
      report.inside++
      return start(bytes)
    }
    if (rule in STANDARD_RULES) this.#fault(command, `refused by ${rule}, and the suite accepts it`)
    report.outside++
    report.rules[rule] = (report.rules[rule] ?? 0) + 1
    report.refusals.push({ line: command.line, rule })
    this.#spoil(bytes)
    return null
  }

  #startedOf(name: string | undefined): Started | null {
    return (name === undefined ? this.#last : this.#named.get(name)) ?? null
  }

  /** What a module outside of the subset imports from, it may change: nothing is asserted of that any more. */
  #spoil(bytes: Uint8Array): void {
    if (!WebAssembly.validate(bytes)) return
    for (const { module } of WebAssembly.Module.imports(new WebAssembly.Module(bytes))) {
      const started = this.#registered.get(module)
      if (started) started.isSpoilt = true
    }
  }

  #mustRefuse(command: Command): void {
    const report = this.#report
    if (command.module_type === 'text') {
      report.skipped++
      return
    }
    const rule = this.#ruleOf(command, new Uint8Array(readFileSync(this.#path(command))))
    if (rule === null) this.#fault(command, `accepted, and must not be: ${command.text}`)
    else report.refused++
  }

  #mustNotStart(command: Command): void {
    const report = this.#report
    const bytes = new Uint8Array(readFileSync(this.#path(command)))
    if (this.#ruleOf(command, bytes) !== null) {
      this.#spoil(bytes)
      report.skipped++
      return
    }
    const { startTrap } = prepareModule(bytes)
    const wanted = WORDS[command.text ?? '']
    if (startTrap === wanted) report.passed++
    else this.#fault(command, `starts with trap ${startTrap}, not ${wanted}`)
  }

  #act(command: Command): void {
    const report = this.#report
    const { action } = command
    if (!action) throw new Error('no action')
    const started = this.#startedOf(action.module)
    if (!started || started.isSpoilt) {
      report.skipped++
      return
    }
    const outcomes = outcomesOf(started, action.type, action.field, (action.args ?? []).map(typedValue))
    const wanted = wantedOf(command)
    const found = outcomes.map(({ said }) => said)
    const isRight = found.every((said) => said === wanted || (wanted === null && !said.startsWith('trap')))
    if (!isRight) this.#fault(command, `${action.field}: ${found.join(', ')}; not ${wanted}`)
    else if (outcomes[0].gas !== outcomes[1]?.gas)
      this.#fault(command, `${action.field}: gas ${outcomes[0].gas}, counted ${outcomes[1].gas}`)
    else report.passed++
  }
}

function ruleOf(bytes: Uint8Array): Rule | null {
  try {
    prepareModule(bytes)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.rule
    throw error
  }
}

function start(bytes: Uint8Array): Started {
  const prepared = prepareModule(bytes)
  return {
    metered: prepared.start({}, ALLOWANCE),
    counting: prepareCounting(prepared.module).start({}, ALLOWANCE),
    plain: new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports,
    isSpoilt: false,
  }
}

function typedValue({ type, value }: Typed): Value {
  return type === 'i32' ? Number(BigInt.asIntN(32, BigInt(value))) : BigInt.asIntN(64, BigInt(value))
}

/** What must come out, as `sayOf` says it; null for whatever is no trap. */
function wantedOf({ type, expected = [], text = '' }: Command): string | null {
  if (type === 'action') return null
  if (type === 'assert_return') return expected.length === 0 ? 'nothing' : String(typedValue(expected[0]))
  const word = Object.keys(WORDS).find((each) => text.startsWith(each))
  return `trap ${word === undefined ? text : WORDS[word]}`
}

interface Said {
  readonly said: string
  readonly gas: bigint
}

/** Metered, counted, plain. The host says of a trap only that there was one: its name is that of the metered one. */
function outcomesOf(started: Started, type: string, field: string, args: readonly Value[]): Said[] {
  const { metered, counting, plain } = started
  if (type === 'get') {
    const said = String((plain[field] as WebAssembly.Global<'i32'>).value)
    return [said, said].map((each) => ({ said: each, gas: 0n }))
  }
  const ours = [metered, counting].map((instance) => {
    const before = instance.gas
    const outcome = instance.call(field, args)
    const isTrap = 'trap' in outcome
    const gas = isTrap ? 0n : before - instance.gas
    return { said: isTrap ? `trap ${outcome.trap}` : sayOf(outcome.result), gas }
  })
  return [...ours, { said: plainly(plain[field], args, ours[0].said), gas: 0n }]
}

function sayOf(result: Value | undefined): string {
  return result === undefined ? 'nothing' : String(result)
}

function plainly(run: unknown, args: readonly Value[], metered: string): string {
  try {
    return sayOf((run as (...args: readonly Value[]) => Value | undefined)(...args))
  } catch {
    return metered.startsWith('trap') ? metered : 'trap of the host'
  }
}
