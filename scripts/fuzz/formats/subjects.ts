import { isDeepStrictEqual } from 'node:util'
import { osaka } from '../../../opcodes/index.ts'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { assemble, assembleText } from '../../../src/core/assembler.ts'
import { disassemblyLines } from '../../../src/core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../../../src/core/errors.ts'
import { parseJson } from '../../../src/core/json.ts'
import { containerOf } from '../../../src/runtime/assembled.ts'
import { encodeContainer, readContainer, type Target } from '../../../src/runtime/container.ts'
import { abiToJson, type ContractAbi, readAbi } from '../../../src/runtime/contract-abi.ts'
import type { Random } from '../random.ts'
import { makeAbi, makeAssembly, makeContainer } from './generate.ts'
import { JOURNAL, PROOF } from './ledger.ts'
import { LITE } from './lite.ts'
import { RECORD } from './record.ts'
import { RUN_BUNDLE } from './run-bundle.ts'
import { WALLET } from './wallet.ts'

/** A format: what makes inputs of it, and what must hold of one that is accepted. */
export interface Subject {
  /** An input that must be accepted. */
  make(random: Random): Uint8Array
  /** Throws ZvmError where the input is refused; gives what is wrong with having accepted it, or null. */
  accept(input: Uint8Array): string | null
}

export const SUBJECTS: Readonly<Record<string, Subject>> = {
  container: { make: makeContainer, accept: acceptContainer },
  assembly: { make: makeAssembly, accept: acceptAssembly },
  abi: { make: makeAbi, accept: acceptAbi },
  record: RECORD,
  ...WALLET,
  journal: JOURNAL,
  proof: PROOF,
  'run bundle': RUN_BUNDLE,
  lite: LITE,
}

/** Accepted: the header says what is there, and to write it again gives the same bytes. */
function acceptContainer(input: Uint8Array): string | null {
  const isSound = headerHolds(input)
  try {
    const { target, code, abi, abiJson } = readContainer(input, 'input')
    if (!isSound) return 'a header that does not hold is accepted'
    if (!Buffer.from(encodeContainer(target, code, abiJson)).equals(input)) return 'written again it differs'
    return abi ? rereads(abi) : null
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    if (!Number.isSafeInteger(error.details.offset)) return `no byte offset: ${error.message}`
    // What is left to refuse is the ABI.
    if (isSound && error.details.offset !== 16 + sizeAt(input, 8))
      return `a sound header is refused: ${error.message}`
    throw error
  }
}

/** The rules of the header once more, from the format's page. */
function headerHolds(bytes: Uint8Array): boolean {
  if (bytes.length < 16 || Buffer.from(bytes.subarray(0, 5)).toString('latin1') !== 'ZVMC\u0001') return false
  if (bytes[5] > 2 || bytes[6] !== 0 || bytes[7] !== 0) return false
  return bytes.length === 16 + sizeAt(bytes, 8) + sizeAt(bytes, 12)
}

function sizeAt(bytes: Uint8Array, at: number): number {
  return bytes[at] + 2 ** 8 * bytes[at + 1] + 2 ** 16 * bytes[at + 2] + 2 ** 24 * bytes[at + 3]
}

function acceptAbi(input: Uint8Array): string | null {
  const value = parseJson(input, 'input')
  JSON.parse(new TextDecoder().decode(input))
  return rereads(readAbi(value))
}

function rereads(abi: ContractAbi): string | null {
  const json = abiToJson(abi)
  const again = readAbi(parseJson(json, 'again'))
  if (!isDeepStrictEqual(again, abi)) return 'the ABI reads differently when it is written and read again'
  return Buffer.from(abiToJson(again)).equals(json) ? null : 'the ABI is written differently the second time'
}

/** Accepted: the bytes disassemble to text that gives them, and their container can be read. */
function acceptAssembly(input: Uint8Array): string | null {
  const assembly = assembleText(new TextDecoder().decode(input), 'input', { tableOf, readAbi: noFile })
  const { code, table, target } = assembly
  const lines = [...disassemblyLines(code, table)]
  if (!Buffer.from(assemble(lines.join('\n'), table, 'again')).equals(code))
    return 'disassembled it gives other bytes'
  const container = containerOf(assembly, (target ?? 'evm') as Target, 'input')
  const read = readContainer(container, 'container')
  if (!Buffer.from(read.code).equals(code)) return 'its container has other code'
  const missing = assembly.capabilities.filter((name) => !read.abi?.capabilities.includes(name))
  return missing.length > 0 ? `its container lacks ${missing.join(', ')}` : null
}

function tableOf(target: string | null) {
  if (target === null || target === 'evm') return osaka
  if (target === 'zvm') return zvm
  throw new ZvmError(ERROR_CODES.usage, 'unknown target')
}

function noFile(): string {
  throw new ZvmError(ERROR_CODES.io, 'no file')
}
