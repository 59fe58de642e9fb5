import { signAuthorization } from '../../../src/chain/sign.ts'
import {
  type AccessListEntry,
  type Authorization,
  newTransaction,
  type Transaction,
  type TransactionType,
} from '../../../src/chain/transaction.ts'
import { MAX_UINT64, MAX_WORD } from '../../../src/core/word.ts'
import { CHAIN_ID, type FuzzAccount, type FuzzBlock, type FuzzTransaction } from '../case.ts'
import { keyOf, SIGNERS } from '../keys.ts'
import type { Random } from '../random.ts'
import { initCode } from './contract.ts'
import { precompileInput } from './precompile-input.ts'
import { storageKey } from './words.ts'
import { anyAddress, type World } from './world.ts'

const TYPES: readonly TransactionType[] = [0, 1, 2, 3, 4]
const BLOB_HASH = 1n << 248n

/** What the sender has done so far: the state a transaction that is to be valid must fit. */
export interface Situation {
  readonly world: World
  readonly block: FuzzBlock
  readonly accounts: ReadonlyMap<bigint, FuzzAccount>
  /** The nonce the sender will have. */
  readonly nonce: bigint
}

/** A transaction from the world's sender: valid, or with one fault. */
export function makeTransaction(random: Random, situation: Situation): FuzzTransaction {
  const { world } = situation
  const valid = validTransaction(random, situation)
  const isFaulty = random.oneIn(25)
  const tx = isFaulty ? withFault(random, valid, situation) : valid
  const sender = isFaulty && random.oneIn(12) ? random.pick(world.contracts) : world.sender
  const isSigned = sender === world.sender && random.oneIn(40) && isEncodable(tx)
  return { sender, isSigned, tx }
}

function validTransaction(random: Random, { world, block, nonce }: Situation): Transaction {
  const { rules } = world.table
  const anyType = random.pick(rules.transactionTypes) as TransactionType
  // Recovering authorities takes longer than all the rest.
  const type = anyType === 4 && !random.oneIn(3) ? 2 : anyType
  const isForAuthority = type === 4 && world.authorities.length > 0 && random.oneIn(3)
  const to =
    type < 3 && random.oneIn(10)
      ? null
      : isForAuthority
        ? random.pick(world.authorities)
        : target(random, world)
  const priority = BigInt(random.below(10))
  const fees =
    type < 2
      ? { gasPrice: block.baseFee + priority }
      : { maxFeePerGas: block.baseFee + priority + BigInt(random.below(20)), maxPriorityFeePerGas: priority }
  const tx = newTransaction({
    type,
    chainId: type === 0 && (!rules.signature.chainId || random.oneIn(2)) ? null : CHAIN_ID,
    nonce,
    to,
    value: random.oneIn(3) ? BigInt(random.below(2000)) : 0n,
    data: to === null ? initCode(random, world, 1) : calldata(random, to),
    ...fees,
    accessList: type > 0 ? accessList(random, world) : [],
    ...(type === 3 ? blobFields(random) : {}),
    authorizations: type === 4 ? authorizations(random, world) : [],
  })
  if (world.isRich) return { ...tx, gasLimit: 2n ** 30n + random.bits(36) }
  const gas = random.pick([1000, 150_000, 300_000, 300_000, 600_000, 1_200_000])
  return { ...tx, gasLimit: BigInt(intrinsicGuess(tx) + random.between(gas >> 2, gas)) }
}

/** Enough for what is charged before execution on any fork; the exact amount is what the fuzzer tests. */
function intrinsicGuess({ to, data, accessList: list, authorizations: auths }: Transaction): number {
  const keys = list.reduce((sum, { keys: each }) => sum + each.length, 0)
  const creation = to === null ? 32000 + Math.ceil(data.length / 32) * 2 : 0
  return 21000 + data.length * 68 + creation + list.length * 2400 + keys * 1900 + auths.length * 25000
}

function target(random: Random, world: World): bigint {
  return random.oneIn(8)
    ? anyAddress(random, world)
    : random.oneIn(4)
      ? random.pick(world.contracts)
      : world.contracts[0]
}

function calldata(random: Random, to: bigint): Uint8Array {
  if (to < 0x200n) return precompileInput(random, to)
  const bytes = random.bytes(random.below(random.oneIn(20) ? 800 : 100))
  return random.oneIn(3) ? bytes.map((byte) => (byte < 128 ? 0 : byte)) : bytes
}

function accessList(random: Random, world: World): AccessListEntry[] {
  return Array.from({ length: random.oneIn(3) ? 0 : random.below(5) }, () => ({
    address: anyAddress(random, world),
    keys: Array.from({ length: random.below(4) }, () => storageKey(random)),
  }))
}

function blobFields(random: Random): Partial<Transaction> {
  const blobHashes = Array.from({ length: random.between(1, 6) }, () => BLOB_HASH | random.bits(248))
  return { blobHashes, maxFeePerBlobGas: 10n ** 10n }
}

/** Authorisations, some that do not hold: wrong chain, nonce or signature (EIP-7702). */
function authorizations(random: Random, world: World): Authorization[] {
  return Array.from({ length: random.pick([1, 1, 1, 2, 2, 3]) }, () => {
    const chainId = random.pick([0n, CHAIN_ID, CHAIN_ID, 7n])
    const address = random.oneIn(6) ? 0n : anyAddress(random, world)
    const nonce = random.oneIn(20) ? MAX_UINT64 - BigInt(random.below(2)) : BigInt(random.below(4))
    const signer = random.oneIn(4) ? world.sender : random.pick(SIGNERS)
    const valid = signed(signer, chainId, address, nonce)
    return random.oneIn(8) ? { ...valid, ...random.pick(spoiltSignatures(valid)) } : valid
  })
}

const authorizationsSigned = new Map<string, Authorization>()

/** Signing takes longer than running a program, and the same few authorisations come again. */
function signed(signer: bigint, chainId: bigint, address: bigint, nonce: bigint): Authorization {
  const key = [signer, chainId, address, nonce].join()
  const known = authorizationsSigned.get(key)
  const authorization = known ?? signAuthorization({ chainId, address, nonce }, keyOf(signer))
  authorizationsSigned.set(key, authorization)
  return authorization
}

const SECP256K1_N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

function spoiltSignatures({ yParity, s }: Authorization): Partial<Authorization>[] {
  const flipped = 1 - yParity
  return [
    ...[{ yParity: flipped }, { yParity: 2 }, { yParity: 255 }, { yParity: flipped, s: SECP256K1_N - s }],
    ...[{ r: 0n }, { s: 0n }, { r: SECP256K1_N }, { s: SECP256K1_N }, { r: 5n }],
  ]
}

/** The transaction with one thing wrong, or at the very edge of being wrong. */
function withFault(
  random: Random,
  tx: Transaction,
  { world, block, accounts, nonce }: Situation,
): Transaction {
  const balance = accounts.get(world.sender)?.balance ?? 0n
  const { rules } = world.table
  const edge = BigInt(random.between(-1, 1))
  const floor = rules.floor ? BigInt(21000 + tx.data.length * 4 * rules.floor.perToken) : 0n
  const faults: Partial<Transaction>[] = [
    { nonce: nonce + 1n },
    { nonce: nonce > 0n ? nonce - 1n : MAX_UINT64 },
    { nonce: MAX_UINT64 },
    { gasLimit: block.gasLimit + edge },
    { gasLimit: 21000n + edge },
    { gasLimit: BigInt(intrinsicGuess(tx)) + edge },
    { gasLimit: BigInt(random.below(60000)) },
    { gasLimit: floor + edge },
    { gasLimit: BigInt(rules.transactionGasCap ?? 2 ** 24) + edge },
    { gasLimit: MAX_UINT64 + edge },
    { value: balance + edge },
    { value: balance - tx.gasLimit * tx.maxFeePerGas + edge },
    { value: MAX_WORD },
    {
      maxFeePerGas: block.baseFee + edge,
      ...(tx.type < 2 ? { maxPriorityFeePerGas: block.baseFee + edge } : {}),
    },
    { maxPriorityFeePerGas: tx.maxFeePerGas + edge },
    { maxFeePerGas: MAX_WORD },
    { to: null, data: new Uint8Array(random.pick([49152, 49153])), gasLimit: 3_000_000n },
    { to: null },
    { type: random.pick(TYPES) },
    { maxFeePerBlobGas: 0n },
    { blobHashes: [] },
    { blobHashes: [BLOB_HASH, 2n << 248n] },
    { blobHashes: new Array<bigint>(random.between(6, 10)).fill(BLOB_HASH) },
    { authorizations: [] },
  ]
  return coherent({ ...tx, ...random.pick(faults) })
}

/** Without the fields that the type does not have: they would be lost on one side only. */
function coherent(tx: Transaction): Transaction {
  const { type } = tx
  return {
    ...tx,
    nonce: tx.nonce < 0n ? 0n : tx.nonce,
    chainId: type === 0 ? tx.chainId : CHAIN_ID,
    maxFeePerGas: tx.maxFeePerGas < 0n ? 0n : tx.maxFeePerGas,
    maxPriorityFeePerGas:
      type < 2 || tx.maxPriorityFeePerGas < 0n
        ? tx.maxFeePerGas < 0n
          ? 0n
          : tx.maxFeePerGas
        : tx.maxPriorityFeePerGas,
    accessList: type > 0 ? tx.accessList : [],
    blobHashes: type === 3 ? tx.blobHashes : [],
    maxFeePerBlobGas: type === 3 ? tx.maxFeePerBlobGas : 0n,
    authorizations: type === 4 ? tx.authorizations : [],
  }
}

function isEncodable(tx: Transaction): boolean {
  return tx.nonce <= MAX_UINT64 && tx.gasLimit <= MAX_UINT64 && tx.value <= MAX_WORD
}
