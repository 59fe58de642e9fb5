import { DEPTH_LIMIT } from '../core/driver.ts'
import type { FrameWord, TransactionWord } from '../core/lower.ts'
import { STACK_LIMIT } from '../core/table.ts'
import type { SlotRoom } from '../state/slot-home.ts'
import { SLOT_BYTES } from '../state/slot-layout.ts'
import * as CELL from './cells.ts'

/**
 * Where things lie in the linear memory of the fast tiers:
 *
 *     0        cells: what the generated code and the host tell each other, those of the frame that runs first
 *     256      words of the transaction
 *     1024     a hash, two words to hash, a balance, hashes of blobs, then the scratch of the helpers
 *     KNOWN    accounts of which it is known what a message to them runs (see KnownAccounts)
 *     65008    the scratch of keccak (see KECCAK_SCRATCH)
 *     64 KiB   words and registers of every open frame, by depth
 *     HASHES   hashes that were taken last
 *     RETURNED output of the last message of the frame that runs
 *     PROGRAMS code with its padding, then a byte a position that says where a jump may land (see landing.ts), then
 *              16 bits a position that say which compiled unit begins there, 0 for none
 *     STACKS   operand stacks of all open frames, end to end, each with its calldata before it
 *     SLOTS    the table of slots of the state that runs (see SlotTable)
 *     ARENA    memories of all open frames, end to end; grows
 *
 * What lies from PROGRAMS on generated code finds through the cells, but for the slots.
 */

/** How many cells are the frame's. */
export const FRAME_CELLS = CELL.budget >> 2

/**
 * Given by generated code in place of a halt: the instruction, whose operands still lie there, sends the message that
 * the cells tell, to an account that is known to run code.
 */
export const ENTER = 128

/** Added to a byte that the host is to execute: its reach into the stack is not checked, nor its gas charged. */
export const UNCHECKED = 0x100

/** Words that are filled when one of their group is first asked for: those of a frame in this order, by `fillWords`. */
export const FRAME_WORDS: readonly FrameWord[] = [
  'self',
  'caller',
  'value',
  'inputSize',
  'codeSize',
  'returnDataSize',
]

export const TRANSACTION_WORDS: readonly TransactionWord[] = [
  ...(['origin', 'gasPrice', 'chainId', 'coinbase', 'timestamp', 'number'] as const),
  ...(['difficulty', 'prevRandao', 'gasLimit', 'baseFee', 'blobBaseFee'] as const),
]

/** Where the words of the transaction begin. */
export const TRANSACTION = 256

/** 32 bytes for a hash. */
export const DIGEST = 1024

/** Two words to hash. */
export const PAIR = 1088

/** Balance of the account that executes. */
export const BALANCE = 1152

/** The first hashes of the transaction's blobs, zeros after the last. */
export const BLOB_HASHES = 1184
export const BLOB_HASH_COUNT = 16

/** Scratch of the helpers: reciprocals (see writeReciprocal), then moduli (see modulus.ts). */
export const RECIPROCALS = 2048
export const MODULI = 3072

export const WORD_BYTES = 32

/** Where the size of return data lies among the words of a frame. */
export const RETURN_DATA_SIZE = FRAME_WORDS.indexOf('returnDataSize') * WORD_BYTES

/** Known accounts (see KnownAccounts). */
export const KNOWN = 0x2000
export const KNOWN_ENTRIES = 256
export const KNOWN_ENTRY_BYTES = 64

/** Frames that may be open. */
const FRAMES = DEPTH_LIMIT + 1

/** Registers of a frame, which follow its words. */
export const REGISTER_COUNT = 16
export const REGISTERS = FRAME_WORDS.length * WORD_BYTES

/** Words of the frames: for each depth those of FRAME_WORDS, then its registers. */
const WORDS = 0x10000
const WORDS_BYTES = REGISTERS + REGISTER_COUNT * WORD_BYTES

/** Where the words of the frame at a depth lie. */
export function wordsAt(depth: number): number {
  return WORDS + depth * WORDS_BYTES
}

/** Bytes of a page of linear memory. */
export const PAGE = 0x10000

/** Hashes that were taken last, 128 bytes each (see writeHash): as many as a transaction may come back to. */
export const HASHES = Math.ceil(wordsAt(FRAMES) / PAGE) * PAGE
export const HASHES_BITS = 10

/** Output of the last message that the frame has sent. */
export const RETURNED = HASHES + (128 << HASHES_BITS)
export const RETURNED_BYTES = 1 << 18

export const PROGRAMS = RETURNED + RETURNED_BYTES
export const PROGRAMS_BYTES = 1 << 26

/** The deepest stack of frames fits, each full, with room for calldata between. */
export const STACKS = PROGRAMS + PROGRAMS_BYTES
export const STACK_BYTES = STACK_LIMIT * WORD_BYTES
export const STACKS_BYTES = FRAMES * STACK_BYTES + (1 << 24)

/**
 * Slots that there is room for, with the two buckets of each; a state with more keeps them all outside. Hardly a
 * transaction of 30 million gas meets more. Room that is not used costs addresses, not memory.
 */
const SLOT_COUNT = 1 << 18
const SLOTS = Math.ceil((STACKS + STACKS_BYTES) / PAGE) * PAGE
const ENTRIES_BYTES = PAGE + SLOT_COUNT * SLOT_BYTES
const BUCKETS_BYTES = 2 * SLOT_COUNT * 4
const RECORDS_BYTES = 1 << 24
const LOGS_BYTES = 1 << 22

export const SLOT_ROOM: SlotRoom = {
  entries: { at: SLOTS, sizeBytes: ENTRIES_BYTES },
  buckets: { at: SLOTS + ENTRIES_BYTES, sizeBytes: BUCKETS_BYTES },
  records: { at: SLOTS + ENTRIES_BYTES + BUCKETS_BYTES, sizeBytes: RECORDS_BYTES },
  logs: { at: SLOTS + ENTRIES_BYTES + BUCKETS_BYTES + RECORDS_BYTES, sizeBytes: LOGS_BYTES },
}

export const ARENA = SLOT_ROOM.logs.at + LOGS_BYTES

export const FIRST_PAGES = ARENA / PAGE + 1

/** The next multiple of a word's bytes. Addresses stay below 2^31. */
export function align(address: number): number {
  return (address + WORD_BYTES - 1) & -WORD_BYTES
}
