/**
 * Numbers of WebAssembly's binary format, for `import * as FORMAT`.
 * A constant each, not an object, so that bundlers put the numbers in place.
 */

// Sections of a module, in the order they must stand.
export const customs = 0
export const types = 1
export const imports = 2
export const functions = 3
export const tables = 4
export const memories = 5
export const globals = 6
export const exports = 7
export const elements = 9
export const code = 10
export const data = 11

// What is imported or exported.
export const functionKind = 0
export const tableKind = 1
export const memoryKind = 2

/** The type of a table's elements. */
export const funcref = 0x70
/** A block without results. */
export const emptyBlock = 0x40

// Instructions. Those by way of the table follow the direct ones.
export const end = 0x0b
export const call = 0x10
export const callIndirect = 0x11
export const tailCall = 0x12
export const localSet = 0x21
export const globalGet = 0x23
export const globalSet = 0x24
export const const32 = 0x41
export const const64 = 0x42
