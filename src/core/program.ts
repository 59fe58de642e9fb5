/**
 * Zeros after the code: fetching past the end reads opcode 0, and an immediate cut short reads zeros. Enough for the
 * longest row at the last byte, and another of opcode 0 behind it.
 */
const PADDING = 2 * 33

/** Longest code that files and the assembler may hold, in bytes: above what any table's rules admit. */
export const CODE_LIMIT_BYTES = 1 << 24

/** Code prepared for running under one table: padded, with jump destinations and constants found on first use. */
export class Program {
  /** The code followed by zeros. */
  readonly bytes: Uint8Array
  readonly sizeBytes: number
  /** Values of immediates by position, filled as they are met. */
  readonly constants: bigint[] = []
  #jumpDestinations: Uint8Array | null = null
  readonly #shape: CodeShape

  constructor(code: Uint8Array, shape: CodeShape) {
    this.bytes = new Uint8Array(code.length + PADDING)
    this.bytes.set(code)
    this.sizeBytes = code.length
    this.#shape = shape
  }

  /** The code itself, without padding; a view. */
  get code(): Uint8Array {
    return this.bytes.subarray(0, this.sizeBytes)
  }

  /** Whether it was made of code that is equal to this, which is as long. */
  isOf(code: Uint8Array): boolean {
    for (let i = 0; i < code.length; i++) if (code[i] !== this.bytes[i]) return false
    return true
  }

  /** A byte a position: 1 where a jump may land, i.e. a JUMPDEST outside every immediate (Yellow Paper 9.4.3). */
  get jumpDestinations(): Uint8Array {
    this.#jumpDestinations ??= findJumpDestinations(this.bytes, this.sizeBytes, this.#shape)
    return this.#jumpDestinations
  }
}

/** What of a table decides where instructions begin. Indexed by opcode byte. */
export interface CodeShape {
  /** Bytes of an instruction: 1 and its immediate. */
  readonly sizes: Uint8Array
  /** 1 for opcodes that a jump may land on. */
  readonly landings: Uint8Array
}

function findJumpDestinations(bytes: Uint8Array, sizeBytes: number, shape: CodeShape): Uint8Array {
  const { sizes, landings } = shape
  const found = new Uint8Array(sizeBytes)
  for (let at = 0; at < sizeBytes; at += sizes[bytes[at]]) found[at] = landings[bytes[at]]
  return found
}
