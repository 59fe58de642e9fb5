import * as FORMAT from '../../wasm/binary-format.ts'
import { ByteWriter } from '../../wasm/bytes.ts'
import { HEADER } from '../../wasm/module.ts'
import { Refusal } from '../fault.ts'
import { Reader } from '../reader.ts'

/** What compiled modules import from `zvm`, and no others do. */
export const ROW_NAME = 'row'

/** The first section of a compiled module, which names the table of its bytecode. */
const SECTION_NAME = 'zvm.code'
const VERSION = 1

/** What a compiled module says it was made of. */
export interface Source {
  readonly table: string
  readonly code: Uint8Array
}

/** Writes the section that names the table. The code is the module's first data segment. */
export function writeSource(out: ByteWriter, table: string): void {
  const content = ByteWriter.empty()
  const name = new TextEncoder().encode(table)
  content.name(SECTION_NAME)
  content.byte(VERSION)
  content.unsigned(name.length)
  content.bytes(name)
  out.byte(FORMAT.customs)
  out.sized(content)
}

/** Whether a module begins as compiled ones do. */
export function saysCompiled(module: Uint8Array): boolean {
  return opening(module) !== null
}

/** Reads what a module that `saysCompiled` says. Throws `Refusal`. */
export function readSource(module: Uint8Array): Source {
  const input = opening(module)
  if (!input) throw new Refusal('compiled', 'custom', HEADER.length, `no section ${SECTION_NAME}`)
  const version = input.byte()
  if (version !== VERSION) input.refuse('compiled', `version ${version}, not ${VERSION}`, input.at - 1)
  const table = input.name()
  input.end = module.length
  for (;;) {
    const id = input.byte()
    const sizeBytes = input.u32()
    if (id === FORMAT.data) return { table, code: firstSegment(input) }
    input.take(sizeBytes)
  }
}

/** Reads on behind the name of the first section; null where that is another. */
function opening(module: Uint8Array): Reader | null {
  try {
    const input = new Reader(module, HEADER.length)
    input.section = 'custom'
    if (input.byte() !== FORMAT.customs) return null
    input.end = input.u32() + input.at
    return input.name() === SECTION_NAME ? input : null
  } catch (error) {
    if (error instanceof Refusal) return null
    throw error
  }
}

/** The bytes of the first segment, which lie at a constant address. */
function firstSegment(input: Reader): Uint8Array {
  input.section = 'data'
  const count = input.u32()
  if (count === 0 || input.byte() !== 0) input.refuse('compiled', 'no code')
  input.byte()
  input.s32()
  input.byte()
  return input.take(input.u32()).slice()
}
