import { bytesToHex } from '../core/hex.ts'
import { CallKind, type Message } from '../core/message.ts'
import type { Tracer, TransactionStart } from '../core/tracer.ts'
import type { WriteText } from './json-text.ts'

const SELECTOR_BYTES = 4

/**
 * geth's 4byteTracer: which functions were called, as `selector-size`, the size that of the calldata behind it, with how
 * often. Creations and precompiles are left out. It needs no steps.
 */
export function fourByteTracer(write: WriteText): Tracer {
  const counts = new Map<string, number>()
  let transaction: TransactionStart | null = null
  return {
    begin(start) {
      transaction = start
      counts.clear()
    },
    enter({ kind, to, input }: Message) {
      if (transaction === null || input.length < SELECTOR_BYTES || kind >= CallKind.Create) return
      if (transaction.isPrecompile(to)) return
      const id = `${bytesToHex(input.subarray(0, SELECTOR_BYTES))}-${input.length - SELECTOR_BYTES}`
      counts.set(id, (counts.get(id) ?? 0) + 1)
    },
    end() {
      transaction = null
      const members = [...counts.keys()].sort().map((id) => `"${id}":${counts.get(id)}`)
      write(`{${members.join()}}`)
    },
  }
}
