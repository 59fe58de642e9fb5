import type { Delta } from '../src/core/table.ts'
import * as arithmetic from './evm/arithmetic.ts'
import * as bitwise from './evm/bitwise.ts'
import * as block from './evm/block.ts'
import * as comparison from './evm/comparison.ts'
import * as environment from './evm/environment.ts'
import * as flow from './evm/flow.ts'
import { KECCAK256 } from './evm/keccak.ts'
import { LOGS } from './evm/log.ts'
import * as memory from './evm/memory.ts'
import { DUPS, POP, PUSHES, SWAPS } from './evm/stack.ts'
import { SSTORE_FRONTIER, sloadFlat } from './evm/storage.ts'
import {
  type CallCosts,
  type CreateCosts,
  call,
  callCode,
  create,
  type DestroyCosts,
  selfDestruct,
} from './evm/system.ts'
import { ECRECOVER } from './precompiles/ecrecover.ts'
import { IDENTITY } from './precompiles/identity.ts'
import { RIPEMD160 } from './precompiles/ripemd160.ts'
import { SHA256 } from './precompiles/sha256.ts'

const SPEC = 'YP H.2'
const ACCESS = { gas: 20, cold: 0, spec: SPEC }

export const FRONTIER_CALLS: CallCosts = {
  access: { gas: 40, cold: 0, spec: SPEC },
  newAccount: 'absent',
  lending: 'all',
  delegates: false,
}

export const FRONTIER_CREATE: CreateCosts = {
  lending: 'all',
  initCodeWord: 0,
  initCodeLimit: Number.MAX_SAFE_INTEGER,
}

export const FRONTIER_DESTROY: DestroyCosts = {
  gas: 0,
  cold: 0,
  newAccount: null,
  refund: 24000,
  onlyCreated: false,
  spec: SPEC,
}

/** The instruction set of the first block, before any EIP. */
export const frontierRows: Delta = {
  eip: 0,
  title: 'Frontier',
  add: [
    flow.STOP,
    ...[
      arithmetic.ADD,
      arithmetic.MUL,
      arithmetic.SUB,
      arithmetic.DIV,
      arithmetic.SDIV,
      arithmetic.MOD,
      arithmetic.SMOD,
    ],
    ...[arithmetic.ADDMOD, arithmetic.MULMOD, arithmetic.exp({ byteGas: 10 }), arithmetic.SIGNEXTEND],
    ...[comparison.LT, comparison.GT, comparison.SLT, comparison.SGT, comparison.EQ, comparison.ISZERO],
    ...[bitwise.AND, bitwise.OR, bitwise.XOR, bitwise.NOT, bitwise.BYTE],
    KECCAK256,
    ...[
      environment.ADDRESS,
      environment.balance(ACCESS),
      environment.ORIGIN,
      environment.CALLER,
      environment.CALLVALUE,
    ],
    ...[environment.CALLDATALOAD, environment.CALLDATASIZE, environment.CALLDATACOPY],
    ...[environment.CODESIZE, environment.CODECOPY, environment.GASPRICE],
    ...[environment.extCodeSize(ACCESS), environment.extCodeCopy(ACCESS)],
    ...[block.BLOCKHASH, block.COINBASE, block.TIMESTAMP, block.NUMBER, block.DIFFICULTY, block.GASLIMIT],
    ...[POP, memory.MLOAD, memory.MSTORE, memory.MSTORE8, memory.MSIZE],
    ...[sloadFlat(50, SPEC), SSTORE_FRONTIER],
    ...[flow.JUMP, flow.JUMPI, flow.PC, flow.GAS, flow.JUMPDEST],
    ...PUSHES,
    ...DUPS,
    ...SWAPS,
    ...LOGS,
    ...[create(FRONTIER_CREATE), call(FRONTIER_CALLS), callCode(FRONTIER_CALLS)],
    ...[flow.RETURN, flow.INVALID, selfDestruct(FRONTIER_DESTROY)],
  ],
  precompiles: [ECRECOVER, SHA256, RIPEMD160, IDENTITY],
}
