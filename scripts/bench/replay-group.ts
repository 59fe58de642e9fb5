import { createBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createTxFromRLP } from '@ethereumjs/tx'
import { createAddressFromBigInt, setLengthLeft } from '@ethereumjs/util'
import { createVM, runTx } from '@ethereumjs/vm'
import { encodeFunctionData, erc20Abi } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { forkByName } from '../../opcodes/forks.ts'
import { bytesToHex, hexToBytes, toFixedHex, toQuantity } from '../../src/core/hex.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { readJsonFile } from '../../src/host/read-file.ts'
import { planOfBundle } from '../../src/replay/block-plan.ts'
import { BlockRunner, isChecked } from '../../src/replay/block-runner.ts'
import { BUNDLE_VERSION, type Bundle, parseBundle } from '../../src/replay/bundle.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { sourceOfBundle } from '../../src/replay/replay-bundle.ts'
import type { TierName } from '../../src/wasm/tier-names.ts'
import { MNEMONIC } from '../record-bundles/node.ts'
import { contest } from './contest.ts'
import { putAccounts } from './ethereumjs-state-test.ts'
import type { Group } from './group.ts'
import type { Contestant, Timed } from './measure.ts'
import { PEER } from './peers.ts'

const CASE = 'replay/200-transfers'
const TOKEN_BUNDLE = 'fixtures/bundles/erc20-transfers.json'
const TRANSACTIONS = 200
const SENDERS = 10
const RICH = 10n ** 21n
/** The rules of mainnet, so that the peer knows the chain. */
const CHAIN = { chainId: '0x1', fork: 'osaka' }

/** The transactions of a block, run one after the other. */
interface Transfers extends Timed {
  readonly gasUsed: bigint
  /** What each recipient holds of the token in the end, in the order of the transactions. */
  readonly held: readonly bigint[]
}

/** A block of ERC-20 transfers, replayed on state that is in memory with senders that are known, as from the cache. */
export const replayGroup: Group = {
  name: 'replay',
  share: 2,
  hasMean: false,
  async run(bench) {
    if (!bench.isWanted(CASE)) return
    const { bundle, token, recipients } = await blockOfTransfers()
    await contest(
      bench,
      { group: 'replay', case: CASE },
      bench.options.tiers.map((tier) => ({
        name: tier,
        contestant: ours(bundle, token, recipients, tier as TierName),
      })),
      bench.isPeerWanted(PEER.vm) ? [{ name: PEER.vm, contestant: peer(bundle, token, recipients) }] : [],
      faults,
      ({ gasUsed }) => Number(gasUsed),
    )
  },
}

/** Every transfer sends as many units as its place says, from one. */
function faults(runs: readonly Transfers[]): string[] {
  return runs.flatMap(({ gasUsed, held }, i) => {
    const isRight = gasUsed === runs[0].gasUsed && held.every((units, at) => units === BigInt(at + 1))
    return isRight && held.length === TRANSACTIONS ? [] : [`engine ${i} comes to another state`]
  })
}

async function blockOfTransfers(): Promise<{
  bundle: Bundle
  token: bigint
  recipients: readonly bigint[]
}> {
  const { block, pre } = readJsonFile(TOKEN_BUNDLE) as {
    block: object
    pre: Record<string, { code?: string }>
  }
  const [token, { code }] = Object.entries(pre).find(([, account]) => account.code !== undefined)!
  const senders = Array.from({ length: SENDERS }, (_, addressIndex) =>
    mnemonicToAccount(MNEMONIC, { addressIndex }),
  )
  const recipients = Array.from({ length: TRANSACTIONS }, (_, i) => 0xbeef0000n + BigInt(i))
  const storage = senders.map(({ address }) => [toQuantity(balanceSlot(BigInt(address))), toQuantity(RICH)])
  const transactions = await Promise.all(
    recipients.map(async (to, i) => {
      const raw = await senders[i % SENDERS].signTransaction({
        ...{ type: 'eip1559', chainId: 1, nonce: Math.floor(i / SENDERS), to: token as `0x${string}` },
        ...{ gas: 100_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n },
        data: encodeFunctionData({
          abi: erc20Abi,
          functionName: 'transfer',
          args: [toFixedHex(to, 20) as `0x${string}`, BigInt(i + 1)],
        }),
      })
      return { raw, expected: {} }
    }),
  )
  const accounts = senders.map(({ address }) => [
    address.toLowerCase(),
    { balance: toQuantity(RICH), nonce: '0x0' },
  ])
  const state = {
    ...Object.fromEntries(accounts),
    [token]: { balance: '0x0', nonce: '0x1', code, storage: Object.fromEntries(storage) },
  }
  const plain = { version: BUNDLE_VERSION, name: CASE, chain: CHAIN, block, pre: state, transactions }
  return { bundle: parseBundle(plain, CASE), token: BigInt(token), recipients }
}

/** Where OpenZeppelin's ERC20 keeps a balance: in the mapping of slot 0. */
function balanceSlot(holder: bigint): bigint {
  const bytes = new Uint8Array(64)
  bytes.set(bigintToBytes(holder, 32))
  return bytesToBigint(keccak256(bytes))
}

function ours(
  bundle: Bundle,
  token: bigint,
  recipients: readonly bigint[],
  tier: TierName,
): Contestant<Transfers> {
  const plan = planOfBundle(bundle, forkByName('Osaka'), nodeCrypto)
  const source = sourceOfBundle(bundle)
  return {
    compiles: true,
    run() {
      const start = performance.now()
      const runner = new BlockRunner(plan, source, nodeCrypto, tier)
      for (const planned of plan.transactions) {
        const outcome = runner.run(planned)
        if (!isChecked(outcome)) throw new Error(`${CASE}: a transaction was not run`)
      }
      const ms = performance.now() - start
      const held = recipients.map((holder) => runner.state.storage(token, balanceSlot(holder)))
      return { ms, gasUsed: runner.progress.gasUsed, held }
    },
  }
}

/** `runTx` of @ethereumjs/vm, one after the other under one checkpoint, as its `runBlock` does; no roots are made. */
function peer(bundle: Bundle, token: bigint, recipients: readonly bigint[]): Contestant<Transfers> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
  const txs = bundle.transactions.map((entry) =>
    createTxFromRLP((entry as { raw: Uint8Array }).raw, { common }),
  )
  for (const tx of txs) tx.getSenderAddress()
  const { number, timestamp = 0n, gasLimit = 0n, baseFee = 0n, coinbase = 0n, prevRandao = 0n } = bundle.block
  const header = {
    ...{ number, timestamp, gasLimit, baseFeePerGas: baseFee, excessBlobGas: 0n },
    coinbase: createAddressFromBigInt(coinbase),
    mixHash: bigintToBytes(prevRandao, 32),
  }
  const block = createBlock({ header }, { common, skipConsensusFormatValidation: true })
  const pre = Object.fromEntries(
    [...bundle.pre].map(([address, { balance, nonce, code, storage }]) => [
      toFixedHex(address, 20),
      {
        balance: toQuantity(balance ?? 0n),
        nonce: toQuantity(nonce ?? 0n),
        code: bytesToHex(code ?? new Uint8Array(0)),
        storage: Object.fromEntries(
          [...(storage ?? [])].map(([key, value]) => [toFixedHex(key, 32), toFixedHex(value, 32)]),
        ),
      },
    ]),
  )
  return {
    async run() {
      const stateManager = new MerkleStateManager({ common })
      await putAccounts(stateManager, pre)
      const vm = await createVM({ common, stateManager })
      const start = performance.now()
      await vm.evm.journal.checkpoint()
      let gasUsed = 0n
      for (const tx of txs) gasUsed += (await runTx(vm, { tx, block })).totalGasSpent
      const ms = performance.now() - start
      // What is asked for below is then in the trie, which is no part of running them.
      await vm.evm.journal.commit()
      const held = []
      for (const holder of recipients) {
        const key = hexToBytes(toFixedHex(balanceSlot(holder), 32), 'key')
        const value = await stateManager.getStorage(createAddressFromBigInt(token), key)
        held.push(bytesToBigint(setLengthLeft(value, 32)))
      }
      return { ms, gasUsed, held }
    },
  }
}
