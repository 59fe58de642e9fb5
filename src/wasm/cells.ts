/**
 * Cells at the start of linear memory: what the generated code and the host tell each other. Addresses in bytes; those of
 * the frame that runs come first. Constants of a module of their own, so that a bundle holds numbers in their place.
 */

/** i64. */
export const gas = 0
/** Address after the topmost operand, i32. */
export const sp = 8
/** Address of the next instruction, i32. */
export const pc = 12
/** Bytes of this frame's memory in use, i32. */
export const memorySize = 16
/** Address of this frame's memory, i32. */
export const memoryBase = 20
export const codeBase = 24
export const codeSize = 28
export const landings = 32
/** Address of the compiled units by position of the code, 16 bits each, i32. */
export const units = 36
/** Address of this frame's lowest operand, i32. */
export const stackBase = 40
/** Address of the frame's calldata and its bytes, i32. What lies after it may be anything. */
export const input = 44
export const inputSize = 48
/** What the slots of this frame's account are filed under; 0 until it is asked for, i32. */
export const storageOwner = 52
export const transientOwner = 56
/** 1 in a static call, i32. */
export const isStatic = 60
/** Address of the words of this frame, and 1 where they are in place, i32. */
export const words = 64
export const hasWords = 68

/** 1 where the registers of this frame are in place, after its words, i32. */
export const hasRegisters = 72

// From here on they are not one frame's.
/** Instructions that may still be begun, i32. */
export const budget = 76
/** Instructions begun in the transaction once no budget is left, i64. */
export const stepsAtEnd = 80
/** Bytes of memory that an instruction needs, i64; saturated. */
export const wanted = 88
/** Address of what a frame that ends gives, and its bytes; 0 unless generated code has ended it, i32. */
export const output = 96
export const outputSize = 100
/** 1 where the words of the transaction are in place, i32. */
export const hasTransactionWords = 104
/** Where the bytes that are there for memories end, i32. */
export const memoryEnd = 108
/** What entries of known accounts must say to be valid, i32. */
export const knownStamp = 112
/** Whether the output of the frame's last message, of `returnedSize` bytes, lies at RETURNED: see RETURNED_IS, i32. */
export const returned = 116
export const returnedSize = 120
// What a frame is to be opened for, see ENTER: the entry of the account, the CallKind, addresses and bytes, i32.
export const callee = 124
export const callKind = 128
export const callInput = 132
export const callInputSize = 136
export const callOutput = 140
export const callOutputSize = 144
/** Gas that the sender keeps, and that the message gets, i64. */
export const gasKept = 152
export const gasLent = 160
/** 1 where the balance of the account that executes is in place, i32. */
export const hasBalance = 168
