import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { ADDRESS_MASK, toNumber, wordAt } from '../../src/core/word.ts'
import { COPY_WORD_GAS, wordsOf } from './memory.ts'

/** ADDRESS(): the account that executes. */
export const ADDRESS: Row = {
  code: 0x30, name: 'ADDRESS', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.self)
    return Halt.None
  },
  lower: (b) => b.environment('self'),
}

/** ORIGIN(): sender of the transaction. */
export const ORIGIN: Row = {
  code: 0x32, name: 'ORIGIN', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.origin)
    return Halt.None
  },
  lower: (b) => b.environment('origin'),
}

/** CALLER(): who sent this message. */
export const CALLER: Row = {
  code: 0x33, name: 'CALLER', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.caller)
    return Halt.None
  },
  lower: (b) => b.environment('caller'),
}

/** CALLVALUE(): wei sent with this message. */
export const CALLVALUE: Row = {
  code: 0x34, name: 'CALLVALUE', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.value)
    return Halt.None
  },
  lower: (b) => b.environment('value'),
}

/** CALLDATALOAD(offset): 32 bytes of calldata, zeros beyond its end. */
export const CALLDATALOAD: Row = {
  code: 0x35, name: 'CALLDATALOAD', pops: 1, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const offset = toNumber(frame.pop())
    frame.push(wordAt(frame.input, offset))
    return Halt.None
  },
  lower: (b, offset) => b.loadInput(offset),
}

/** CALLDATASIZE(): in bytes. */
export const CALLDATASIZE: Row = {
  code: 0x36, name: 'CALLDATASIZE', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(BigInt(frame.input.length))
    return Halt.None
  },
  lower: (b) => b.environment('inputSize'),
}

/** CALLDATACOPY(to, from, size): calldata into memory, zeros beyond its end. */
export const CALLDATACOPY: Row = {
  code: 0x37, name: 'CALLDATACOPY', pops: 3, pushes: 0, gas: 3, spec: 'YP H.2',
  execute: (frame) => copyToMemory(frame, frame.input),
  lower: (b, to, from, size) => b.copyToMemory('input', to, from, size),
}

/** CODESIZE(): bytes of the code that executes. */
export const CODESIZE: Row = {
  code: 0x38, name: 'CODESIZE', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(BigInt(frame.program.sizeBytes))
    return Halt.None
  },
  lower: (b) => b.environment('codeSize'),
}

/** CODECOPY(to, from, size): the code that executes into memory, zeros beyond its end. */
export const CODECOPY: Row = {
  code: 0x39, name: 'CODECOPY', pops: 3, pushes: 0, gas: 3, spec: 'YP H.2',
  execute: (frame) => copyToMemory(frame, frame.program.code),
  lower: (b, to, from, size) => b.copyToMemory('code', to, from, size),
}

/** GASPRICE(): wei a gas that the sender pays (EIP-1559: the effective price). */
export const GASPRICE: Row = {
  code: 0x3a, name: 'GASPRICE', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.gasPrice)
    return Halt.None
  },
  lower: (b) => b.environment('gasPrice'),
}

/** RETURNDATASIZE(): bytes of the last message's output. */
export const RETURNDATASIZE: Row = {
  code: 0x3d, name: 'RETURNDATASIZE', pops: 0, pushes: 1, gas: 2, spec: 'EIP-211',
  execute(frame) {
    frame.push(BigInt(frame.returnData.length))
    return Halt.None
  },
  lower: (b) => b.environment('returnDataSize'),
}

/** RETURNDATACOPY(to, from, size): the last message's output into memory; halts when it reads beyond its end. */
export const RETURNDATACOPY: Row = {
  code: 0x3e, name: 'RETURNDATACOPY', pops: 3, pushes: 0, gas: 3, spec: 'EIP-211',
  execute(frame) {
    const to = frame.pop(), from = frame.pop(), size = frame.pop()

    if (!frame.charge(COPY_WORD_GAS * wordsOf(size))) return Halt.OutOfGas
    const halt = frame.expand(to, size)
    if (halt !== Halt.None) return halt

    if (from + size > BigInt(frame.returnData.length)) return Halt.ReturnDataOutOfBounds
    frame.writeMemory(to, frame.returnData, from, size)
    return Halt.None
  },
  lower: (b, to, from, size) => b.copyToMemory('returned', to, from, size),
}

/** What reaching another account costs: `gas` always, and `cold` more if the transaction has not met it (EIP-2929). */
export interface AccountAccess {
  readonly gas: number
  readonly cold: number
  readonly spec: string
}

/** Charges for a cold address and marks it warm; false if gas runs out. */
export function chargeAccess(frame: Frame, address: bigint, access: AccountAccess): boolean {
  return access.cold === 0 || !frame.host.warmAddress(address) || frame.charge(access.cold)
}

/** BALANCE(address): in wei. */
export const balance = (access: AccountAccess): Row => ({
  code: 0x31, name: 'BALANCE', pops: 1, pushes: 1, gas: access.gas, spec: access.spec,
  execute(frame) {
    const address = frame.pop() & ADDRESS_MASK

    if (!chargeAccess(frame, address, access)) return Halt.OutOfGas

    frame.push(frame.host.balance(address))
    return Halt.None
  },
})

/** EXTCODESIZE(address): bytes of its code. */
export const extCodeSize = (access: AccountAccess): Row => ({
  code: 0x3b, name: 'EXTCODESIZE', pops: 1, pushes: 1, gas: access.gas, spec: access.spec,
  execute(frame) {
    const address = frame.pop() & ADDRESS_MASK

    if (!chargeAccess(frame, address, access)) return Halt.OutOfGas

    frame.push(BigInt(frame.host.code(address).length))
    return Halt.None
  },
  lower: (b, address) => b.knownCodeSize(address),
})

/** EXTCODECOPY(address, to, from, size): another account's code into memory, zeros beyond its end. */
export const extCodeCopy = (access: AccountAccess): Row => ({
  code: 0x3c, name: 'EXTCODECOPY', pops: 4, pushes: 0, gas: access.gas, spec: access.spec,
  execute(frame) {
    const address = frame.pop() & ADDRESS_MASK, to = frame.pop(), from = frame.pop(), size = frame.pop()

    if (!frame.charge(COPY_WORD_GAS * wordsOf(size))) return Halt.OutOfGas
    const halt = frame.expand(to, size)
    if (halt !== Halt.None) return halt
    if (!chargeAccess(frame, address, access)) return Halt.OutOfGas

    frame.writeMemory(to, frame.host.code(address), from, size)
    return Halt.None
  },
})

/** EXTCODEHASH(address): keccak256 of its code; zero if the account is empty or absent. */
export const extCodeHash = (access: AccountAccess): Row => ({
  code: 0x3f, name: 'EXTCODEHASH', pops: 1, pushes: 1, gas: access.gas, spec: access.spec,
  execute(frame) {
    const address = frame.pop() & ADDRESS_MASK

    if (!chargeAccess(frame, address, access)) return Halt.OutOfGas

    frame.push(frame.host.codeHash(address))
    return Halt.None
  },
})

/** The common body of the copies: (to, from, size) of `source` into memory. */
function copyToMemory(frame: Frame, source: Uint8Array): Halt {
  const to = frame.pop(), from = frame.pop(), size = frame.pop()

  if (!frame.charge(COPY_WORD_GAS * wordsOf(size))) return Halt.OutOfGas
  const halt = frame.expand(to, size)
  if (halt !== Halt.None) return halt

  frame.writeMemory(to, source, from, size)
  return Halt.None
}
