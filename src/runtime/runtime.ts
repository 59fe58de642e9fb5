import type { Runtime, SystemCall } from '../core/capability.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Frame } from '../core/frame.ts'
import { CallKind } from '../core/message.ts'
import { NATIVE_PRIMITIVES } from '../core/native-primitives.ts'
import {
  type Answers,
  type KeptAnswers,
  LiveAnswers,
  type RecordedAnswer,
  ReplayedAnswers,
} from './answers.ts'
import { BUILTIN_CALLS } from './calls/table.ts'
import { CAPABILITIES, type Grants, grantsOf, NO_GRANTS } from './grants.ts'
import type { Intent } from './intent.ts'
import { type Plugin, type PluginCall, pluginCall, refuseClashes } from './plugin.ts'
import type { AnswerRecord, RecordedCall } from './record.ts'
import type { Services } from './services.ts'
import { Session } from './session.ts'

/** What `createRuntime` answers system calls from. */
export interface RuntimeOptions {
  /**
   * What the contract at an address declares: `capabilities` of its container's ABI, nothing where nobody knows. Who
   * keeps it forgets it when the account is gone.
   */
  declared(address: bigint): readonly string[]
  /** What the host allows; nothing where nothing is said. Of a replay the record tells. */
  readonly grants?: Grants
  readonly plugins?: readonly Plugin[]
  readonly services?: Services
  /** What was answered before to a run that began as this one; it is added to. Not with `replay`. */
  readonly kept?: KeptAnswers | undefined
  /** All answers from outside come from this record: no plug-in and no service is asked or told of anything. */
  readonly replay?: AnswerRecord
}

/** The runtime of one engine. What it tells is of the run that began last. */
export interface CapabilityRuntime extends Runtime {
  readonly grants: Grants
  /** What contracts want done, in the order of calls, without what was reverted. */
  readonly intents: readonly Intent[]
  /** What a call said that broke, e.g. `price.quote: threw Error: …`; empty where none did. */
  readonly failure: string
  /** The calls of plug-ins, as a record lists them. */
  readonly calls: readonly RecordedCall[]
  /** Everything that came from outside. */
  readonly answers: readonly RecordedAnswer[]
  /** After a run, however it ended. Throws MISMATCH, naming the call, where a record does not fit the run. */
  finish(): void
  /** After a run that succeeded and whose changes are kept: writes files, commits the ledger. Throws IO. */
  commit(): void
}

const PLACE = 'record'

/** Capabilities whose calls ask for primitives. */
const ASKING_PRIMITIVES = ['hash', 'verify', 'sign']

/**
 * A runtime by two lists: what a contract declares and what the host grants; both must hold, of the account that acts
 * and of the code that runs. Throws USAGE where a grant needs what the host has not or names no folder, BAD_PLUGIN where plug-ins clash.
 */
export function createRuntime(options: RuntimeOptions): CapabilityRuntime {
  const { declared, plugins = [], services = {}, replay } = options
  const recorded = replay?.calls ?? []
  const grants = replay
    ? grantsOf(
        replay.allow,
        PLACE,
        recorded.map(({ capability }) => capability),
      )
    : (options.grants ?? NO_GRANTS)
  if (!replay) refuseUnserved(grants, services)
  const answers: Answers = replay
    ? new ReplayedAnswers(replay.answers, PLACE)
    : (options.kept ?? new LiveAnswers())
  const session = new Session(grants, services, answers)
  const userCalls = replay ? recorded.map(withoutHandler) : callsOf(plugins)
  const calls = callTable(userCalls, session)
  return {
    ...{ grants, calls: replay ? recorded : userCalls.map(toRecorded) },
    needs: ASKING_PRIMITIVES.some((name) => grants.has(name)) ? NATIVE_PRIMITIVES : [],
    begin: () => session.begin(),
    find: (id) => calls.get(id) ?? null,
    allows: (capability, frame) => grants.has(capability) && isDeclared(declared, capability, frame),
    get intents() {
      return session.intents
    },
    get failure() {
      return session.failure
    },
    get answers() {
      return answers.list
    },
    finish: () => answers.finish(),
    commit() {
      if (replay) return
      if (session.files.length > 0) services.files?.write(session.files)
      services.ledger?.commit()
    },
  }
}

function refuseUnserved(grants: Grants, services: Services): void {
  for (const name of grants.names) {
    const needs = CAPABILITIES[name]?.needs
    if (needs !== undefined && services[needs] === undefined)
      throw new ZvmError(ERROR_CODES.usage, `${name}: granted, but this host has no ${needs}`, {
        grant: name,
      })
    const fault = CAPABILITIES[name]?.scope === 'folder' ? services.files?.fault(grants.folder(name)) : null
    if (typeof fault === 'string')
      throw new ZvmError(ERROR_CODES.usage, `${name}=${grants.folder(name)}: ${fault}`, { grant: name })
  }
}

function callsOf(plugins: readonly Plugin[]): PluginCall[] {
  refuseClashes(plugins.flatMap(({ name, syscalls }) => syscalls.map((call) => ({ call, owner: name }))))
  return plugins.flatMap(({ syscalls }) => syscalls)
}

function toRecorded({ id, name, capability, kind = 'reads' }: PluginCall): RecordedCall {
  return { id, name, capability, kind }
}

/** A call that only the record answers. */
function withoutHandler(call: RecordedCall): PluginCall {
  return { ...call, gas: { base: 0 }, handler: () => null }
}

function callTable(userCalls: readonly PluginCall[], session: Session): Map<number, SystemCall> {
  const calls = new Map<number, SystemCall>(userCalls.map((call) => [call.id, pluginCall(call, session)]))
  for (const call of BUILTIN_CALLS)
    calls.set(call.id, { ...call, run: (input, frame) => call.run(input, frame, session) })
  return calls
}

/** The account that acts has declared it, and so has the code that it runs where that is another's. */
function isDeclared(
  declared: RuntimeOptions['declared'],
  capability: string,
  { self, message }: Frame,
): boolean {
  if (!declared(self).includes(capability)) return false
  const isOwn = message.kind >= CallKind.Create || message.codeAddress === self
  return isOwn || declared(message.codeAddress).includes(capability)
}
