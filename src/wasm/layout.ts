import { DEPTH_LIMIT } from '../core/driver.ts'
import type { FrameWord, TransactionWord } from '../core/lower.ts'
import { STACK_LIMIT } from '../core/table.ts'
import type { SlotRoom } from '../state/slot-home.ts'
import { SLOT_BYTES } from '../state/slot-layout.ts'

/**
 * Where things lie in the linear memory of the fast tiers:
 *
 *     0        cells: what the generated code and the host tell each other, those of the frame that runs first
 *     256      words of the transaction
 *     1024     a hash, then the scratch of the helpers
 *     KNOWN    accounts of which it is known what a message to them runs (see KnownAccounts)
 *     RETURNED output of a message that was not sent by the driver
 *     65008    the scratch of keccak (see KECCAK_SCRATCH)
 *     64 KiB   words of every open frame, by depth
 *     PROGRAMS code with its padding, then a byte a position that says where a jump may land (see LANDING), then
 *              16 bits a position that say which compiled unit begins there, 0 for none
 *     STACKS   operand stacks of all open frames, end to end, each with its calldata before it
 *     SLOTS    the table of slots of the state that runs (see SlotTable)
 *     ARENA    memories of all open frames, end to end; grows
 */
export const CELL = {
  /** i64. */
  gas: 0,
  /** Address after the topmost operand, i32. */
  sp: 8,
  /** Address of the next instruction, i32. */
  pc: 12,
  /** Bytes of this frame's memory in use, i32. */
  memorySize: 16,
  /** Address of this frame's memory, i32. */
  memoryBase: 20,
  codeBase: 24,
  codeSize: 28,
  landings: 32,
  /** Address of the compiled units by position of the code, 16 bits each, i32. */
  units: 36,
  /** Address of this frame's lowest operand, i32. */
  stackBase: 40,
  /** Address of the frame's calldata, with 32 zeros after it, and its bytes, i32. */
  input: 44,
  inputSize: 48,
  /** What the slots of this frame's account are filed under; 0 until it is asked for, i32. */
  storageOwner: 52,
  transientOwner: 56,
  /** 1 in a static call, i32. */
  isStatic: 60,
  /** Address of the words of this frame, and 1 where they are in place, i32. */
  words: 64,
  hasWords: 68,

  // From here on they are not one frame's.
  /** Instructions that may still be begun, i32. */
  budget: 72,
  /** 1 where the words of the transaction are in place, i32. */
  hasTransactionWords: 76,
  /** Bytes of memory that an instruction needs, i64; saturated. */
  wanted: 80,
  /** Address of what a frame that ends gives, and its bytes; 0 unless generated code has ended it, i32. */
  output: 88,
  outputSize: 92,
  /** Where the bytes that are there for memories end, i32. */
  memoryEnd: 96,
  /** What entries of known accounts must say to be valid, i32. */
  knownStamp: 100,
  /** 1 where the frame's last message has left its output, of `returnedSize` bytes, at RETURNED. */
  hasReturned: 104,
  returnedSize: 108,
  // What a frame is to be opened for, see ENTER: the entry of the account, the CallKind, addresses and bytes, i32.
  callee: 112,
  callKind: 116,
  callInput: 120,
  callInputSize: 124,
  callOutput: 128,
  callOutputSize: 132,
  /** Gas that the sender keeps, and that the message gets, i64. */
  gasKept: 136,
  gasLent: 144,
} as const

/** How many cells are the frame's. */
export const FRAME_CELLS = CELL.budget / 4

/**
 * Given by generated code in place of a halt: the instruction, whose operands still lie there, sends the message that
 * the cells tell, to an account that is known to run code.
 */
export const ENTER = 128

/** What the byte of a position says, added up. */
export const LANDING = {
  /** A jump may land here. */
  allowed: 1,
  /** The interpreter has come here by a jump, or after a message. */
  visited: 2,
  /** A compiled unit begins here. */
  compiled: 4,
} as const

/** Words that are filled when one of their group is first asked for. */
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

export const SCRATCH = 2048

export const WORD_BYTES = 32

/** Known accounts (see KnownAccounts). */
export const KNOWN = 0x2000
export const KNOWN_ENTRIES = 256
export const KNOWN_ENTRY_BYTES = 64

/** Output of a message that the driver has not sent. */
export const RETURNED = 0x6000
export const RETURNED_BYTES = 0x8000

/** Frames that may be open. */
const FRAMES = DEPTH_LIMIT + 1

/** Words of the frames: those of FRAME_WORDS for each depth. */
const WORDS = 0x10000
const WORDS_BYTES = FRAME_WORDS.length * WORD_BYTES

/** Where the words of the frame at a depth lie. */
export function wordsAt(depth: number): number {
  return WORDS + depth * WORDS_BYTES
}

/** Bytes of a page of linear memory. */
export const PAGE = 0x10000

/** Programs, from the next page on. */
export const PROGRAMS = Math.ceil(wordsAt(FRAMES) / PAGE) * PAGE
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
