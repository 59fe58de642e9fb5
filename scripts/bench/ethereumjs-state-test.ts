import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import {
  Account,
  createAddressFromString,
  hexToBytes,
  type PrefixedHexString,
  setLengthLeft,
} from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { bytesToHex } from '../../src/core/hex.ts'
import { arrayOf, entriesOf } from '../../src/core/members.ts'

/** The one fork run here: that of nearly all GeneralStateTests. */
export const PEER_FORK = 'Cancun'

type Hex = PrefixedHexString
type Fields = Readonly<Record<string, unknown>>

interface Post {
  readonly hash: string
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number }
}

/** Counts the cases of a state test file under Cancun that @ethereumjs/vm runs to the right root, and the others. */
export async function runPeerStateTests(
  file: unknown,
  place: string,
): Promise<{ passed: number; failed: number }> {
  let passed = 0
  let failed = 0
  for (const [name, test] of entriesOf(file, place)) {
    const { post, ...rest } = test as { post: Fields }
    const cases = arrayOf((value) => value as Post)(post[PEER_FORK] ?? [], `${place}: ${name}`)
    for (const one of cases) {
      if ((await rootAfter(rest as Fields, one)) === one.hash) passed++
      else failed++
    }
  }
  return { passed, failed }
}

/** The state root after one case: `@ethereumjs/vm` on its trie-backed state manager, used as its own tests use it. */
async function rootAfter(test: Fields, post: Post): Promise<string> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun })
  const stateManager = new MerkleStateManager({ common })
  const vm = await createVM({ common, stateManager })
  await putAccounts(stateManager, test.pre as Fields)
  const env = test.env as Record<string, Hex>
  const block = createBlock(
    {
      header: {
        number: env.currentNumber,
        coinbase: env.currentCoinbase,
        gasLimit: env.currentGasLimit,
        timestamp: env.currentTimestamp,
        baseFeePerGas: env.currentBaseFee,
        excessBlobGas: env.currentExcessBlobGas ?? '0x0',
        mixHash: setLengthLeft(hexToBytes(env.currentRandom ?? '0x'), 32),
      },
    },
    { common, skipConsensusFormatValidation: true },
  )
  const coinbase = createAddressFromString(env.currentCoinbase!)
  try {
    await runTx(vm, { tx: transactionOf(test.transaction as Fields, post, common), block })
  } catch {
    // The transaction is invalid: the root says whether that was right.
  }
  const account = await stateManager.getAccount(coinbase)
  await vm.evm.journal.putAccount(coinbase, account ?? new Account())
  await vm.evm.journal.cleanup()
  return bytesToHex(await stateManager.getStateRoot())
}

/** Puts the accounts of a `pre` into a state. */
export async function putAccounts(stateManager: MerkleStateManager, pre: Fields): Promise<void> {
  for (const [name, entry] of Object.entries(pre)) {
    const { nonce, balance, code, storage } = entry as {
      nonce: Hex
      balance: Hex
      code: Hex
      storage: Fields
    }
    const address = createAddressFromString(name)
    await stateManager.putAccount(address, new Account(BigInt(nonce), BigInt(balance)))
    for (const [key, value] of Object.entries(storage)) {
      const word = hexToBytes(value as Hex)
      await stateManager.putStorage(address, setLengthLeft(hexToBytes(key as Hex), 32), trimmed(word))
    }
    await stateManager.putCode(address, hexToBytes(code))
  }
}

function trimmed(word: Uint8Array): Uint8Array {
  const first = word.findIndex((byte) => byte !== 0)
  return first < 0 ? new Uint8Array(0) : word.subarray(first)
}

function transactionOf(fields: Fields, { indexes }: Post, common: Common) {
  const accessLists = fields.accessLists as unknown[] | undefined
  const accessList = accessLists?.[indexes.data]
  const isBlob = fields.blobVersionedHashes !== undefined
  const isFeeMarket = fields.maxFeePerGas !== undefined
  const data = {
    ...fields,
    ...(accessList ? { accessList } : {}),
    data: (fields.data as Hex[])[indexes.data],
    gasLimit: (fields.gasLimit as Hex[])[indexes.gas],
    value: (fields.value as Hex[])[indexes.value],
    type: isBlob ? 3 : isFeeMarket ? 2 : accessList ? 1 : 0,
    to: fields.to === '' ? undefined : fields.to,
  } as unknown as TypedTxData
  return createTx(data, { common }).sign(hexToBytes(fields.secretKey as Hex))
}
