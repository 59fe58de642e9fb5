import type { FrameWord, TransactionWord } from '../core/lower.ts'
import { STACK_LIMIT } from '../core/table.ts'
import type { SlotRoom } from '../state/slot-home.ts'
import { SLOT_BYTES } from '../state/slot-layout.ts'

/**
 * Where things lie in the linear memory of the fast tiers:
 *
 *     0        cells: what the generated code and the host tell each other
 *     256      words of the environment
 *     1024     a hash, then the scratch of the helpers
 *     IDLE     accounts that run nothing
 *     RETURNED output of a message that was not sent
 *     65008    the scratch of keccak (see KECCAK_SCRATCH)
 *     64 KiB   programs: code with its padding, then a byte a position that says where a jump may land (see
 *              LANDING), then 16 bits a position that say which compiled unit begins there, 0 for none
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
  /** Address of this frame's lowest operand, i32. */
  stackBase: 36,
  /** Instructions that may still be begun, i32. */
  budget: 40,
  /** Bytes of memory that an instruction needs, i64; saturated. */
  wanted: 48,
  /** Address of the frame's calldata, with 32 zeros after it, and its bytes, i32. */
  input: 56,
  inputSize: 60,
  /** Address of what a frame that ends gives, and its bytes; 0 unless generated code has ended it, i32. */
  output: 104,
  outputSize: 108,
  /** 1 where the words of the frame, or of the transaction, are in place, i32. */
  hasFrameWords: 64,
  hasTransactionWords: 68,
  /** Where the bytes that are there for memories end, i32. */
  memoryEnd: 72,
  /** Address of the compiled units by position of the code, 16 bits each, i32. */
  units: 76,
  /** What the slots of this frame's account are filed under; 0 until it is asked for, i32. */
  storageOwner: 80,
  transientOwner: 84,
  /** 1 in a static call, i32. */
  isStatic: 88,
  /** What entries of idle accounts must say to be of this frame's run, i32. */
  idleStamp: 92,
  /** 1 where generated code has sent the frame's last message: then its output is `returnedSize` bytes at RETURNED. */
  hasReturned: 96,
  returnedSize: 100,
} as const

/** What the byte of a position says, added up. */
export const LANDING = {
  /** A jump may land here. */
  allowed: 1,
  /** The interpreter has come here by a jump, or after a message. */
  visited: 2,
  /** A compiled unit begins here. */
  compiled: 4,
} as const

/** Words of the environment, filled when one of their group is first asked for. */
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

/** Where the words of the environment begin. */
export const ENVIRONMENT = 256

/** 32 bytes for a hash. */
export const DIGEST = 1024

export const SCRATCH = 2048

export const WORD_BYTES = 32

/** Accounts that run nothing (see IdleAccounts). */
export const IDLE = 0x4000
export const IDLE_ENTRIES = 64
export const IDLE_ENTRY_BYTES = 64

/** Output of a message that generated code has sent. */
export const RETURNED = 0x6000
export const RETURNED_BYTES = 0x8000

/** Programs at 64 KiB. */
export const PROGRAMS = 0x10000
export const PROGRAMS_BYTES = 1 << 26

/** The deepest stack of frames fits: 1,025 of them, each full, with room for calldata between. */
export const STACKS = PROGRAMS + PROGRAMS_BYTES
export const STACK_BYTES = STACK_LIMIT * WORD_BYTES
export const STACKS_BYTES = 1025 * STACK_BYTES + (1 << 24)

/** Bytes of a page of linear memory. */
export const PAGE = 0x10000

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
