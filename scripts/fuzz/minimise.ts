import { forkByName } from '../../opcodes/forks.ts'
import type { Transaction } from '../../src/chain/transaction.ts'
import type { Table } from '../../src/core/table.ts'
import type { FuzzAccount, FuzzCase } from './case.ts'
import { boundaries, without } from './instructions.ts'

/** Trials a reduction may take; each runs the case on both sides. */
const TRIALS = 4000

/**
 * The smallest case found that still `persists`: transactions, accounts, slots, instructions and calldata are taken
 * away as long as that changes nothing, then the gas.
 */
export async function minimise(
  fuzzCase: FuzzCase,
  persists: (smaller: FuzzCase) => Promise<boolean>,
): Promise<FuzzCase> {
  let best = fuzzCase
  let trials = TRIALS
  const improve = async (pass: Pass): Promise<boolean> => {
    let hasImproved = false
    for (let goesOn = true; goesOn; ) {
      goesOn = false
      for (const smaller of pass(best)) {
        if (trials-- <= 0) return hasImproved
        if (!(await persists(smaller))) continue
        best = smaller
        hasImproved = goesOn = true
        break
      }
    }
    return hasImproved
  }
  for (let goesOn = true; goesOn; ) {
    goesOn = false
    for (const pass of PASSES) goesOn = (await improve(pass)) || goesOn
  }
  return best
}

/** Smaller cases to try, the boldest first. */
type Pass = (fuzzCase: FuzzCase) => Iterable<FuzzCase>

const PASSES: readonly Pass[] = [
  fewerTransactions,
  fewerAccounts,
  shorterCode,
  plainerTransactions,
  plainerAccounts,
  plainerBlock,
  lessGas,
]

function* fewerTransactions(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  const { transactions } = fuzzCase
  if (transactions.length === 1) return
  for (let i = 0; i < transactions.length; i++) {
    // Those after it must find the nonce they name.
    const later = transactions.slice(i + 1)
    const moved = later.map((each) => ({ ...each, tx: { ...each.tx, nonce: each.tx.nonce - 1n } }))
    yield { ...fuzzCase, transactions: [...transactions.slice(0, i), ...moved] }
    yield { ...fuzzCase, transactions: [...transactions.slice(0, i), ...later] }
  }
}

function* fewerAccounts(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  for (const address of fuzzCase.pre.keys()) {
    const pre = new Map(fuzzCase.pre)
    pre.delete(address)
    yield { ...fuzzCase, pre }
  }
}

/** Every program without a stretch of instructions: half of it, a quarter, and so on to single ones. */
function* shorterCode(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  const table = forkByName(fuzzCase.fork)
  for (const [address, account] of fuzzCase.pre)
    for (const code of shorter(account.code, table))
      yield withAccount(fuzzCase, address, { ...account, code })
  for (const [i, { tx }] of fuzzCase.transactions.entries())
    if (tx.to === null)
      for (const data of shorter(tx.data, table)) yield withTransaction(fuzzCase, i, { data })
}

function* shorter(code: Uint8Array, table: Table): Iterable<Uint8Array> {
  const starts = boundaries(code, table)
  const count = starts.length - 1
  for (let length = count; length > 0; length >>= 1)
    for (let i = 0; i + length <= count; i += length)
      yield without(code, table, starts[i], starts[i + length])
}

function* plainerTransactions(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  for (const [i, { tx, isSigned }] of fuzzCase.transactions.entries()) {
    if (isSigned) {
      const transactions = fuzzCase.transactions.map((each, at) =>
        at === i ? { ...each, isSigned: false } : each,
      )
      yield { ...fuzzCase, transactions }
    }
    if (tx.value > 0n) yield withTransaction(fuzzCase, i, { value: 0n })
    const { data } = tx
    for (const size of [0, data.length >> 1, data.length - 1])
      if (size >= 0 && size < data.length) yield withTransaction(fuzzCase, i, { data: data.slice(0, size) })
    for (const field of ['accessList', 'authorizations', 'blobHashes'] as const)
      for (let at = 0; at < tx[field].length; at++)
        yield withTransaction(fuzzCase, i, {
          [field]: (tx[field] as readonly unknown[]).filter((_, j) => j !== at),
        })
    if (tx.type > 0 && tx.type < 3)
      yield withTransaction(fuzzCase, i, {
        type: 0,
        chainId: null,
        accessList: [],
        maxPriorityFeePerGas: tx.maxFeePerGas,
      })
  }
}

function* plainerAccounts(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  for (const [address, account] of fuzzCase.pre) {
    for (const key of account.storage.keys()) {
      const storage = new Map(account.storage)
      storage.delete(key)
      yield withAccount(fuzzCase, address, { ...account, storage })
    }
    if (account.balance > 0n) yield withAccount(fuzzCase, address, { ...account, balance: 0n })
    if (account.nonce > 1n) yield withAccount(fuzzCase, address, { ...account, nonce: 1n })
  }
}

function* plainerBlock(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  const plain = {
    number: 1n,
    timestamp: 1n,
    coinbase: 0xc01bn << 144n,
    difficulty: 0n,
    prevRandao: 0n,
    excessBlobGas: 0n,
  }
  for (const [field, value] of Object.entries(plain))
    if (fuzzCase.block[field as keyof typeof plain] !== value)
      yield { ...fuzzCase, block: { ...fuzzCase.block, [field]: value } }
}

function* lessGas(fuzzCase: FuzzCase): Iterable<FuzzCase> {
  for (const [i, { tx }] of fuzzCase.transactions.entries())
    for (let step = tx.gasLimit >> 1n; step > 0n; step >>= 1n)
      yield withTransaction(fuzzCase, i, { gasLimit: tx.gasLimit - step })
}

function withAccount(fuzzCase: FuzzCase, address: bigint, account: FuzzAccount): FuzzCase {
  return { ...fuzzCase, pre: new Map(fuzzCase.pre).set(address, account) }
}

/** The case with fields of one transaction changed. */
export function withTransaction(fuzzCase: FuzzCase, index: number, change: Partial<Transaction>): FuzzCase {
  const transactions = fuzzCase.transactions.map((each, at) =>
    at === index ? { ...each, tx: { ...each.tx, ...change } } : each,
  )
  return { ...fuzzCase, transactions }
}
