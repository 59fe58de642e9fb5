import { concatHex, encodeFunctionData, fromRlp, type Hex, type TransactionSerializable, toRlp } from 'viem'
import { INFINITY, word, ZERO_BLOB_HASH } from './precompiles.ts'
import type { Scenario } from './scenario.ts'

/** Scenarios of transaction types, each under the fork that brought the type. */

const legacy: Scenario = {
  name: 'legacy-transactions',
  description: 'Legacy transactions with and without a chain id (EIP-155): payments, a deployment and calls.',
  fork: 'istanbul',
  async send(chain) {
    const { Ledger } = chain.compile('Ledger.sol')
    await chain.send({ to: `0x${'11'.repeat(20)}`, value: 31337n, gas: 21_000n })
    // The node takes transactions of any chain; without a chain id is how the first ones were signed.
    await chain.send({
      to: `0x${'11'.repeat(20)}`,
      value: 1n,
      gas: 21_000n,
      fields: { type: 'legacy', chainId: undefined } as Partial<TransactionSerializable>,
    })
    const ledger = await chain.deploy(Ledger)
    await chain.call(ledger, Ledger.abi, 'deposit', [], { value: 5000n })
    await chain.call(ledger, Ledger.abi, 'look')
    // No slot is set from one value to another here: anvil 1.7.1 charges 2900 for that under Istanbul, not 5000
    // (EIP-2200), and so is no witness of it.
  },
}

const accessList: Scenario = {
  name: 'access-list',
  description:
    'Transactions with access lists (EIP-2930): slots that are used, one that is not, and none at all.',
  fork: 'berlin',
  async send(chain) {
    const { Ledger } = chain.compile('Ledger.sol')
    const ledger = await chain.deploy(Ledger)
    await chain.mineSetup()
    const list = (keys: readonly bigint[], address: Hex = ledger) => [
      { address, storageKeys: keys.map((key) => word(key)) },
    ]
    const deposit = (accessList: ReturnType<typeof list>) =>
      chain.call(ledger, Ledger.abi, 'deposit', [], { value: 9n, fields: { type: 'eip2930', accessList } })
    await deposit(list([1n]))
    await deposit([...list([1n, 1n]), ...list([5n], `0x${'22'.repeat(20)}`)])
    await deposit([])
    await chain.call(ledger, Ledger.abi, 'look')
    // No slot is cleared here: anvil 1.7.1 refunds 4800 for that under Berlin, as London will, and not 15000.
  },
}

const feeMarket: Scenario = {
  name: 'fee-market',
  description:
    'Fee-market transactions (EIP-1559): a tip in full, a tip cut by the maximum, no tip, and a legacy one.',
  fork: 'london',
  async send(chain) {
    const { Ledger } = chain.compile('Ledger.sol')
    const ledger = await chain.deploy(Ledger)
    await chain.mineSetup()
    const fees = (maxFeePerGas: bigint, maxPriorityFeePerGas: bigint) => ({
      maxFeePerGas,
      maxPriorityFeePerGas,
    })
    const deposit = (fields: Partial<TransactionSerializable>) =>
      chain.call(ledger, Ledger.abi, 'deposit', [], { value: 3n, fields })
    await deposit(fees(30n * 10n ** 9n, 2n * 10n ** 9n))
    await deposit(fees(10n ** 9n, 10n ** 9n))
    await deposit(fees(10n ** 9n, 0n))
    await deposit({ type: 'legacy', gasPrice: 4n * 10n ** 9n })
    await chain.call(ledger, Ledger.abi, 'withdraw')
  },
}

const BLOB_OF_ZEROS: Hex = `0x${'00'.repeat(4096 * 32)}`

/** The form in which a blob transaction travels: with its blobs, commitments and proofs. */
function withBlobs(raw: Hex): Hex {
  const body = fromRlp(`0x${raw.slice(4)}`)
  return concatHex(['0x03', toRlp([body, [BLOB_OF_ZEROS], [INFINITY], [INFINITY]])])
}

const blob: Scenario = {
  name: 'blob',
  description:
    'Blob transactions (EIP-4844) whose contract reads the versioned hash and the blob fee and checks an opening (0x0a).',
  fork: 'cancun',
  async send(chain) {
    const { Blobs } = chain.compile('Blobs.sol')
    const blobs = await chain.deploy(Blobs)
    await chain.mineSetup()
    // The polynomial zero is zero everywhere, here at 5.
    const opening = (y: bigint) => concatHex([ZERO_BLOB_HASH, word(5n), word(y), INFINITY, INFINITY])
    const fields: Partial<TransactionSerializable> = {
      type: 'eip4844',
      maxFeePerBlobGas: 10n ** 9n,
      blobVersionedHashes: [ZERO_BLOB_HASH],
    }
    const record = (y: bigint) =>
      chain.call(blobs, Blobs.abi, 'record', [opening(y)], { gas: 300_000n, fields, wrap: withBlobs })
    await record(0n)
    await record(1n)
  },
}

const setCode: Scenario = {
  name: 'set-code',
  description:
    'Accounts that delegate to code (EIP-7702): by their own transaction, by a sponsor with a void authorization beside, called by a stranger, and undone.',
  fork: 'prague',
  async send(chain) {
    const { Batch } = chain.compile('Batch.sol')
    const batch = await chain.deploy(Batch)
    await chain.mineSetup()
    const [, own, sponsored] = chain.accounts
    const none = `0x${'00'.repeat(20)}` as const
    const sign = (from: number, contractAddress: Hex, nonce: number) =>
      chain.accounts[from].signAuthorization!({ chainId: 31337, contractAddress, nonce })
    const execute = (value: bigint) =>
      encodeFunctionData({
        abi: Batch.abi,
        functionName: 'execute',
        args: [[{ to: `0x${'77'.repeat(20)}`, value, data: '0x' }]],
      })
    const setCode = (authorizationList: unknown[]) =>
      ({ type: 'eip7702', authorizationList }) as Partial<TransactionSerializable>
    // The sender's nonce is counted up before its authorizations are read.
    await chain.send({
      from: 1,
      to: own.address,
      data: execute(1n),
      fields: setCode([await sign(1, batch, chain.nextNonce(1) + 1)]),
    })
    await chain.send({
      to: sponsored.address,
      data: execute(2n),
      fields: setCode([await sign(2, batch, 0), await sign(3, batch, 9)]),
    })
    await chain.send({ from: 4, to: sponsored.address, data: execute(3n) })
    await chain.send({ to: sponsored.address, value: 6n, fields: setCode([await sign(2, none, 1)]) })
    await chain.send({ to: sponsored.address, value: 6n, gas: 21_000n })
  },
}

export const TRANSACTION_SCENARIOS: readonly Scenario[] = [legacy, accessList, feeMarket, blob, setCode]
