import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Intent } from './intent.ts'

/** What came from outside in answer to one call. */
export type Reply =
  | { readonly status: bigint; readonly output: Uint8Array; readonly intents: readonly Intent[] }
  /** The grant is narrower than the request: the capability with what it would have to name. */
  | { readonly denied: string }
  /** It broke: what it said. */
  | { readonly failure: string }

/** One call in a record. */
export interface RecordedAnswer {
  readonly id: number
  readonly input: Uint8Array
  /** Price that a plug-in asked; null where the engine reckons it. */
  readonly gas: number | null
  /** Null where the call was priced and then could not be paid. */
  readonly reply: Reply | null
}

/** Where answers from outside come from. In the order of calls, which is that of prices too. */
export interface Answers {
  readonly list: readonly RecordedAnswer[]
  begin(): void
  price(id: number, input: Uint8Array, ask: () => number): number
  reply(id: number, input: Uint8Array, ask: () => Reply): Reply
  /** Throws MISMATCH, after the run, where it asked for something else than is there. */
  finish(): void
}

/** Asks whoever answers, and keeps what they said. */
export class LiveAnswers implements Answers {
  list: RecordedAnswer[] = []
  /** The last one is priced and not yet answered. */
  #isOpen = false

  begin(): void {
    this.list = []
    this.#isOpen = false
  }

  price(id: number, input: Uint8Array, ask: () => number): number {
    const gas = ask()
    this.list.push({ id, input: input.slice(), gas, reply: null })
    this.#isOpen = true
    return gas
  }

  reply(id: number, input: Uint8Array, ask: () => Reply): Reply {
    const reply = ask()
    const last = this.list.at(-1)
    const gas = this.#isOpen && isOf(last, id, input) ? this.list.pop()!.gas : null
    this.#isOpen = false
    this.list.push({ id, input: input.slice(), gas, reply })
    return reply
  }

  finish(): void {}
}

/**
 * Asks once: a run that begins again, as one does that is stepped back, is answered as before, as far as it makes the same
 * calls. From the first other one on it is asked anew.
 */
export class KeptAnswers implements Answers {
  #kept: RecordedAnswer[] = []
  #next = 0
  /** The last one is priced and not yet answered. */
  #isOpen = false

  get list(): readonly RecordedAnswer[] {
    return this.#kept.slice(0, this.#next)
  }

  begin(): void {
    this.#next = 0
    this.#isOpen = false
  }

  price(id: number, input: Uint8Array, ask: () => number): number {
    const known = this.#kept[this.#next]
    const gas = isOf(known, id, input) && known!.gas !== null ? known!.gas : ask()
    if (gas !== known?.gas || !isOf(known, id, input))
      this.#put({ id, input: input.slice(), gas, reply: null })
    this.#next++
    this.#isOpen = true
    return gas
  }

  reply(id: number, input: Uint8Array, ask: () => Reply): Reply {
    if (this.#isOpen && isOf(this.#kept[this.#next - 1], id, input)) this.#next--
    const known = this.#kept[this.#next]
    const isSame = isOf(known, id, input) && (known!.gas !== null) === this.#isOpen
    this.#isOpen = false
    const reply = (isSame && known!.reply) || ask()
    if (!isSame || known!.reply === null)
      this.#put({ id, input: input.slice(), gas: isSame ? known!.gas : null, reply })
    this.#next++
    return reply
  }

  finish(): void {}

  #put(answer: RecordedAnswer): void {
    this.#kept.length = this.#next
    this.#kept.push(answer)
  }
}

/** Answers from a record; nobody is asked. After the first call that is another all fail, and `finish` tells. */
export class ReplayedAnswers implements Answers {
  readonly list: readonly RecordedAnswer[]
  readonly #place: string
  #next = 0
  #isOpen = false
  #fault = ''

  constructor(list: readonly RecordedAnswer[], place: string) {
    this.list = list
    this.#place = place
  }

  begin(): void {
    this.#next = 0
    this.#isOpen = false
    this.#fault = ''
  }

  price(id: number, input: Uint8Array): number {
    const entry = this.#take(id, input)
    this.#isOpen = true
    if (entry?.gas === null) this.#fail('has no price')
    return entry?.gas ?? Number.POSITIVE_INFINITY
  }

  reply(id: number, input: Uint8Array): Reply {
    const isPriced = this.#isOpen && isOf(this.list[this.#next - 1], id, input)
    const entry = isPriced ? this.#current(id, input) : this.#take(id, input)
    this.#isOpen = false
    if (entry && !isPriced && entry.gas !== null) this.#fail('has a price, but nobody asked for one')
    else if (entry?.reply === null) this.#fail('has no answer')
    else if (entry?.reply) return entry.reply
    return { failure: 'the record does not fit the run' }
  }

  finish(): void {
    if (this.#fault === '' && this.#next < this.list.length) {
      const rest = this.list.length - this.#next
      this.#fault = `call ${this.#next + 1}: the run makes no such call; ${rest} of the record ${rest === 1 ? 'is' : 'are'} left`
    }
    if (this.#fault !== '')
      throw new ZvmError(ERROR_CODES.mismatch, `${this.#place}: ${this.#fault}`, { call: this.#next })
  }

  #take(id: number, input: Uint8Array): RecordedAnswer | null {
    if (this.#fault !== '') return null
    this.#next++
    return this.#current(id, input)
  }

  #current(id: number, input: Uint8Array): RecordedAnswer | null {
    if (this.#fault !== '') return null
    const entry = this.list[this.#next - 1]
    if (!entry) this.#fail(`the run calls ${idText(id)}, but the record has ended`)
    else if (entry.id !== id) this.#fail(`the run calls ${idText(id)}, the record ${idText(entry.id)}`)
    else if (!sameBytes(entry.input, input))
      this.#fail(`other input: the run gives ${excerpt(input)}, the record ${excerpt(entry.input)}`)
    else return entry
    return null
  }

  #fail(what: string): void {
    this.#fault ||= `call ${this.#next}: ${what}`
  }
}

function isOf(entry: RecordedAnswer | undefined, id: number, input: Uint8Array): boolean {
  return entry !== undefined && entry.id === id && sameBytes(entry.input, input)
}

function idText(id: number): string {
  return `0x${id.toString(16).padStart(4, '0')}`
}

function excerpt(bytes: Uint8Array): string {
  return bytes.length > 40 ? `${bytesToHex(bytes.subarray(0, 40))}…` : bytesToHex(bytes)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
