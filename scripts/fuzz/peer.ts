import { type Block, createBlock, paramsBlock } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { EVMError, type InterpreterStep } from '@ethereumjs/evm'
import { paramsTx, type TypedTransaction } from '@ethereumjs/tx'
import { createAddressFromBigInt, type KZG } from '@ethereumjs/util'
import { createVM, type RunTxResult, runTx, type VM } from '@ethereumjs/vm'
import { forkByName } from '../../opcodes/forks.ts'
import { floorGas } from '../../src/chain/intrinsic-gas.ts'
import { hexToBytes } from '../../src/core/hex.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { blockHash, type FuzzBlock, type FuzzCase, type FuzzTransaction } from './case.ts'
import { type Outcome, refusal, type TransactionOutcome } from './outcome.ts'
import { PeerState } from './peer-state.ts'
import { peerTransaction } from './peer-transaction.ts'

/** The peer's names of the forks it does not call as we do, up to the case. */
const HARDFORKS: Readonly<Record<string, string>> = {
  Frontier: Hardfork.Chainstart,
  EIP150: Hardfork.TangerineWhistle,
  EIP158: Hardfork.SpuriousDragon,
  ConstantinopleFix: Hardfork.Petersburg,
}

/** The peer brings no KZG of its own: it gets the default one, beside what ours takes under Node. */
const KZG_BY_US = {
  verifyProof: (...parts: string[]) => {
    const [commitment, z, y, proof] = parts.map((part) => hexToBytes(part, 'kzg'))
    return defaultCrypto.kzgVerify(commitment, z, y, proof)
  },
} as unknown as KZG

const BLOCKCHAIN = {
  getBlock: async (number: number) => ({ hash: () => bigintToBytes(blockHash(BigInt(number)), 32) }),
  putBlock: async () => {},
  shallowCopy: () => BLOCKCHAIN,
}

interface Machine {
  readonly fork: string
  readonly common: Common
  readonly vm: VM
  readonly state: PeerState
}

const machines = new Map<string, Machine>()

/** What `@ethereumjs/vm` makes of a case. One machine a fork serves all its cases. `onStep` sees every instruction. */
export async function runPeer(
  fuzzCase: FuzzCase,
  onStep?: (step: InterpreterStep) => void,
): Promise<Outcome> {
  const { fork } = fuzzCase
  const machine = machines.get(fork) ?? (await makeMachine(fork))
  machines.set(fork, machine)
  const { state, common, vm } = machine
  state.reset(fuzzCase.pre)
  const events = vm.evm.events!
  if (onStep) events.on('step', onStep)
  const block = blockOf(fuzzCase.block, common)
  const transactions: TransactionOutcome[] = []
  for (const each of fuzzCase.transactions) transactions.push(await runOne(machine, each, block))
  events.removeAllListeners('step')
  return { transactions, post: state.post() }
}

async function makeMachine(fork: string): Promise<Machine> {
  const hardfork = HARDFORKS[fork] ?? hardforkCalled(fork)
  const common = new Common({ chain: Mainnet, hardfork, customCrypto: { kzg: KZG_BY_US } })
  const state = new PeerState()
  const vm = await createVM({ common, stateManager: state, evmOpts: { blockchain: BLOCKCHAIN } })
  // Each transaction and block would copy all parameters, which takes longer than to run them.
  common.updateParams(paramsTx)
  common.updateParams(paramsBlock)
  common.copy = () => common
  common.updateParams = () => {}
  return { fork, common, vm, state }
}

function hardforkCalled(fork: string): string {
  const hardfork = Object.values(Hardfork).find((name) => name.toLowerCase() === fork.toLowerCase())
  if (hardfork === undefined) throw new Error(`@ethereumjs/common has no hard fork called ${fork}`)
  return hardfork
}

function blockOf(block: FuzzBlock, common: Common): Block {
  const { number, timestamp, gasLimit, coinbase, difficulty, prevRandao, baseFee, excessBlobGas } = block
  const header = {
    ...{ number, timestamp, gasLimit, difficulty },
    coinbase: createAddressFromBigInt(coinbase),
    ...(common.isActivatedEIP(4399) ? { mixHash: bigintToBytes(prevRandao, 32) } : {}),
    ...(common.isActivatedEIP(1559) ? { baseFeePerGas: baseFee } : {}),
    ...(common.isActivatedEIP(4844) ? { excessBlobGas } : {}),
  }
  return createBlock({ header }, { common, freeze: false, skipConsensusFormatValidation: true })
}

async function runOne(
  { fork, vm, common, state }: Machine,
  given: FuzzTransaction,
  block: Block,
): Promise<TransactionOutcome> {
  let tx: TypedTransaction
  try {
    tx = peerTransaction(given, common)
  } catch (error) {
    return refusal((error as Error).message)
  }
  try {
    return outcomeOf(await runTx(vm, { tx, block, skipHardForkValidation: true }), given, fork)
  } catch (error) {
    // It broke while it ran: other journals than the state's are open too, so what comes next gets a new machine.
    if (state.isOpen) machines.delete(fork)
    return refusal((error as Error).message)
  }
}

function outcomeOf(result: RunTxResult, { tx }: FuzzTransaction, fork: string): TransactionOutcome {
  const { execResult, totalGasSpent: gasUsed, gasRefund, createdAddress } = result
  const error = execResult.exceptionError?.error
  const messages = EVMError.errorMessages
  // Before Homestead a creation that cannot pay for its code succeeds without.
  const isKept = fork === 'Frontier' && error === messages.CODESTORE_OUT_OF_GAS
  const status = error === undefined || isKept ? 'success' : error === messages.REVERT ? 'revert' : 'halt'
  const isCreation = tx.to === null && status === 'success'
  return {
    ...{ status: isPrecompile(fork, tx.to) && status === 'revert' ? 'halt' : status, gasUsed },
    reason: error ?? 'done',
    refund: gasUsed === floorGas(tx, forkByName(fork).rules) ? null : (gasRefund ?? 0n),
    output: isCreation ? new Uint8Array(0) : execResult.returnValue,
    logs: (execResult.logs ?? []).map(([address, topics, data]) => ({
      address: bytesToBigint(address),
      topics: topics.map(bytesToBigint),
      data,
    })),
    created: isCreation && createdAddress ? bytesToBigint(createdAddress.bytes) : null,
  }
}

/** A precompile that fails is said to revert, though it takes all gas. */
function isPrecompile(fork: string, to: bigint | null): boolean {
  return to !== null && forkByName(fork).precompiles.has(to)
}
