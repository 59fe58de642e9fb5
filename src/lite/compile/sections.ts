import * as FORMAT from '../../wasm/binary-format.ts'
import { ByteWriter } from '../../wasm/bytes.ts'
import { HEADER } from '../../wasm/module.ts'
import { Reader } from '../reader.ts'

/** Items of a section, end to end. */
export interface Items {
  readonly count: number
  readonly bytes: Uint8Array
}

/** What a builder has written of functions: the type of each, and its body. */
export interface Functions {
  readonly types: Items
  readonly bodies: Items
}

/** The functions of a module that a builder has written. */
export function functionsOf(module: Uint8Array): Functions {
  const input = new Reader(module, HEADER.length)
  const found = new Map<number, Items>()
  while (input.at < module.length) {
    const id = input.byte()
    const end = input.u32() + input.at
    found.set(id, { count: input.u32(), bytes: input.take(end - input.at) })
  }
  return { types: found.get(FORMAT.functions)!, bodies: found.get(FORMAT.code)! }
}

/** Writes a section of items that are written already. */
export function writeSection(out: ByteWriter, id: number, ...parts: readonly Items[]): void {
  const content = ByteWriter.empty()
  content.unsigned(parts.reduce((sum, { count }) => sum + count, 0))
  for (const { bytes } of parts) content.bytes(bytes)
  out.byte(id)
  out.sized(content)
}

/** Items that `write` writes, one for each value. */
export function items<T>(values: readonly T[], write: (out: ByteWriter, value: T, i: number) => void): Items {
  const out = ByteWriter.empty()
  for (const [i, value] of values.entries()) write(out, value, i)
  const bytes = out.take()
  out.release()
  return { count: values.length, bytes }
}
