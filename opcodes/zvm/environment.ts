import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import * as block from '../evm/block.ts'
import * as environment from '../evm/environment.ts'
import { LOGS } from '../evm/log.ts'
import { ACCESS, withBase } from './costs.ts'

const { ADDRESS, ORIGIN, CALLER, CALLVALUE, CALLDATALOAD, CALLDATASIZE, CALLDATACOPY } = environment
const { CODESIZE, CODECOPY, GASPRICE, RETURNDATASIZE, RETURNDATACOPY } = environment
const { balance, extCodeCopy, extCodeHash, extCodeSize } = environment

/** Message, code and other accounts, as the EVM's. */
export const ENVIRONMENT_ROWS: readonly Row[] = [
  ...[at(0xb0, ADDRESS), at(0xb1, withBase(2, balance(ACCESS))), at(0xb2, ORIGIN), at(0xb3, CALLER)],
  ...[at(0xb4, CALLVALUE), at(0xb5, CALLDATALOAD), at(0xb6, CALLDATASIZE), at(0xb7, CALLDATACOPY)],
  ...[at(0xb8, CODESIZE), at(0xb9, CODECOPY), at(0xba, GASPRICE), at(0xbb, extCodeSize(ACCESS))],
  ...[at(0xbc, withBase(3, extCodeCopy(ACCESS))), at(0xbd, RETURNDATASIZE), at(0xbe, RETURNDATACOPY)],
  at(0xbf, extCodeHash(ACCESS)),
]

const { BLOCKHASH, COINBASE, TIMESTAMP, NUMBER, DIFFICULTY, PREVRANDAO } = block
const { GASLIMIT, CHAINID, SELFBALANCE, BASEFEE } = block

/** The block, as the EVM's, DIFFICULTY beside PREVRANDAO; SELFBALANCE has a price of its own. */
export const BLOCK_ROWS: readonly Row[] = [
  ...[at(0xc0, BLOCKHASH), at(0xc1, COINBASE), at(0xc2, TIMESTAMP), at(0xc3, NUMBER), at(0xc4, DIFFICULTY)],
  ...[at(0xc5, PREVRANDAO), at(0xc6, GASLIMIT), at(0xc7, CHAINID), at(0xc8, SELFBALANCE, { gas: 2 })],
  at(0xc9, BASEFEE),
]

/** LOG0 to LOG4, as the EVM's. */
export const LOG_ROWS: readonly Row[] = LOGS.map((row, i) => at(0xf8 + i, row))
