/**
 * zvm-engine/evm: the EVM's instruction sets, and what it takes to make others from them.
 *
 *     import { at, cancun, extend, rows } from 'zvm-engine/evm'
 *     export const table = extend(cancun, 'mine', [
 *       { eip: 0, title: 'no PUSH0, TSTORE at a lower price', drop: ['PUSH0'], reprice: { TSTORE: 50 } },
 *       { eip: 0, title: 'ADD a second time', add: [at(0x0c, rows.arithmetic.ADD, { name: 'PLUS' })] },
 *     ])
 *
 * Stability: `Row` and `Delta` are version 1; members are added to them, never changed.
 */
import type { Delta } from '../src/core/table.ts'
import * as arithmetic from './evm/arithmetic.ts'
import * as bitwise from './evm/bitwise.ts'
import * as block from './evm/block.ts'
import * as comparison from './evm/comparison.ts'
import * as environment from './evm/environment.ts'
import * as flow from './evm/flow.ts'
import * as keccak from './evm/keccak.ts'
import * as log from './evm/log.ts'
import * as memory from './evm/memory.ts'
import * as stack from './evm/stack.ts'
import * as storage from './evm/storage.ts'
import * as system from './evm/system.ts'
import { bpo4Fork } from './forks.ts'
import { BLAKE2F } from './precompiles/blake2f.ts'
import { BLS12_381 } from './precompiles/bls12-381.ts'
import * as bn254 from './precompiles/bn254.ts'
import { ECRECOVER } from './precompiles/ecrecover.ts'
import { IDENTITY } from './precompiles/identity.ts'
import * as modexp from './precompiles/modexp.ts'
import { P256VERIFY } from './precompiles/p256verify.ts'
import { POINT_EVALUATION } from './precompiles/point-evaluation.ts'
import { RIPEMD160 } from './precompiles/ripemd160.ts'
import { SHA256 } from './precompiles/sha256.ts'

/**
 * Every row by family, as `rows.arithmetic.ADD`. A row whose price or meaning a fork changed is made by a function of
 * its costs, as `rows.storage.sload({ gas: 100, cold: 2000 })`.
 */
export const rows = {
  arithmetic,
  bitwise,
  block,
  comparison,
  environment,
  flow,
  keccak,
  log,
  memory,
  stack,
  storage,
  system,
} as const

/** Every precompile; those that were repriced once a price, under the EIP that set it. */
export const precompiles = {
  ECRECOVER,
  SHA256,
  RIPEMD160,
  IDENTITY,
  ...modexp,
  ...bn254,
  BLAKE2F,
  POINT_EVALUATION,
  BLS12_381,
  P256VERIFY,
} as const

/** The deltas that the forks are made of, by number of the EIP; of EIP-7892 the latest. */
export const EIPS: ReadonlyMap<number, Delta> = new Map(
  bpo4Fork.deltas.filter(({ eip }) => eip > 0).map((delta) => [delta.eip, delta]),
)

export type { Frame } from '../src/core/frame.ts'
export { Halt } from '../src/core/halt.ts'
export type { MessageResult } from '../src/core/message.ts'
export type { Precompile } from '../src/core/precompile.ts'
export {
  ENDS,
  JUMPDEST,
  JUMPS,
  READS_GAS,
  type Reach,
  type Row,
  SUSPENDS,
  WRITES,
} from '../src/core/row.ts'
export type { RuleChange, Rules } from '../src/core/rules.ts'
export { at, type Delta, extend, type Table } from '../src/core/table.ts'
export { EMPTY_TABLE } from './empty-table.ts'
export {
  berlin,
  bpo1Fork,
  bpo2Fork,
  bpo3Fork,
  bpo4Fork,
  byzantium,
  cancun,
  constantinople,
  FORKS,
  forkByName,
  frontier,
  homestead,
  istanbul,
  london,
  osaka,
  paris,
  petersburg,
  prague,
  shanghai,
  spuriousDragon,
  tangerineWhistle,
} from './forks.ts'
