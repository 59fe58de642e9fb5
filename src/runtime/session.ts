import type { Answer, SystemCall } from '../core/capability.ts'
import { deny } from '../core/capability.ts'
import { bugLine } from '../core/errors.ts'
import type { Frame } from '../core/frame.ts'
import { Halt } from '../core/halt.ts'
import type { Answers, Reply } from './answers.ts'
import type { Grants } from './grants.ts'
import type { Intent } from './intent.ts'
import type { PendingFile, Services } from './services.ts'

/** Longest answer of a call, in bytes. */
export const ANSWER_LIMIT_BYTES = 1 << 20

/** Most intents of a run: what a plug-in asks for them need not bound them. */
export const INTENT_LIMIT = 1 << 16

/** What calls share while a transaction runs. */
export class Session {
  readonly grants: Grants
  readonly services: Services
  readonly answers: Answers
  intents: Intent[] = []
  files: PendingFile[] = []
  failure = ''

  constructor(grants: Grants, services: Services, answers: Answers) {
    this.grants = grants
    this.services = services
    this.answers = answers
  }

  begin(): void {
    this.intents = []
    this.files = []
    this.failure = ''
    this.services.ledger?.begin()
    this.answers.begin()
  }

  /** Has a service asked, or the record, and makes of what it says what the frame is told. */
  outside(call: Named, input: Uint8Array, frame: Frame, ask: () => Reply): Answer | Halt {
    const reply = this.answers.reply(call.id, input, () => guarded(ask))
    if ('denied' in reply) return deny(frame, reply.denied)
    if ('failure' in reply) return this.fail(call.name, reply.failure)
    if (this.intents.length + reply.intents.length > INTENT_LIMIT)
      return this.fail(call.name, `the run has left ${INTENT_LIMIT} intents, and wants more`)
    for (const intent of reply.intents) this.addIntent(frame, intent)
    return { status: reply.status, output: reply.output }
  }

  /** Ends the frame because what answers the call broke. */
  fail(call: string, what: string): Halt {
    this.failure = `${call}: ${what}`
    return Halt.SystemCallFailure
  }

  addIntent(frame: Frame, intent: Intent): void {
    this.#add(frame, this.intents, intent)
  }

  addFile(frame: Frame, file: PendingFile): void {
    this.#add(frame, this.files, file)
  }

  #add<T>(frame: Frame, list: T[], item: T): void {
    list.push(item)
    frame.host.onRevert(() => list.pop())
  }
}

export type Named = Pick<SystemCall, 'name'> & { readonly id: number }

/** What a service or a handler throws to say itself how the frame ends. */
export class SystemCallError extends Error {
  readonly reply: Reply

  constructor(kind: 'denied' | 'failure', what: string) {
    super(what)
    this.reply = kind === 'denied' ? { denied: what } : { failure: what.slice(0, FAILURE_LIMIT) }
  }
}

function guarded(ask: () => Reply): Reply {
  try {
    return ask()
  } catch (error) {
    if (error instanceof SystemCallError) return error.reply
    return { failure: `threw ${bugLine(error)}`.slice(0, FAILURE_LIMIT) }
  }
}

/** Longest text of a failure, in characters. */
export const FAILURE_LIMIT = 400

const NO_BYTES = new Uint8Array(0)

export function done(output: Uint8Array = NO_BYTES, intents: readonly Intent[] = []) {
  return { status: 1n, output, intents }
}

export const REFUSED = Object.freeze({ status: 0n, output: NO_BYTES, intents: [] as readonly Intent[] })
