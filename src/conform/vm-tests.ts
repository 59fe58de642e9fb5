import { frontier } from '../../opcodes/forks.ts'
import { readAlloc } from '../chain/genesis.ts'
import { logsHash } from '../chain/receipt.ts'
import type { Crypto } from '../core/crypto.ts'
import { isSuccess } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { bytesToHex, hexToBytes, parseAddress, parseQuantity, toQuantity } from '../core/hex.ts'
import { Message } from '../core/message.ts'
import type { Table } from '../core/table.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { memberCases, type SuiteCase } from './case.ts'
import { asObject, type Json, readEnvironment, readText } from './fixture.ts'
import { type SuiteTier, suiteDriver } from './suite-tier.ts'

/** In these tests the value of the outer message is said but never moves. */
class UnpaidState extends State {
  #isOuter = true

  override transfer(from: bigint, to: bigint, valueWei: bigint): void {
    super.transfer(from, to, this.#isOuter ? 0n : valueWei)
    this.#isOuter = false
  }
}

/**
 * The cases of a file of the legacy VM tests: one message each under the rules of Frontier, compared in gas left,
 * output, logs and state; a test without `post` must halt exceptionally. Throws VALUE when the file is not an object.
 */
export function vmCases(file: unknown, place: string): SuiteCase[] {
  const cases = memberCases(file, place, (value, at, table, crypto, tiers) => {
    const test = asObject(value, at)
    const failures = tiers.map((tier) => runVmTest(test, at, table, crypto, tier))
    return failures.find((failure) => failure !== null) ?? null
  })
  return cases.map((one) => ({ ...one, tableFork: frontier.name }))
}

function runVmTest(test: Json, place: string, table: Table, crypto: Crypto, tier: SuiteTier): string | null {
  const exec = asObject(test.exec, `${place}.exec`)
  const source = readAlloc(test.pre, `${place}.pre`, new MemorySource(testBlockHash))
  const state = new UnpaidState(source)
  const driver = suiteDriver(table, state, crypto, tier)
  state.beginTransaction()
  driver.begin(messageOf(exec, place), {
    chainId: 1n,
    block: readEnvironment(test.env, `${place}.env`),
    origin: parseAddress(exec.origin, `${place}.exec.origin`),
    gasPrice: parseQuantity(exec.gasPrice, `${place}.exec.gasPrice`),
    blobHashes: [],
  })
  const { halt, gas, output } = driver.run()
  if (test.post === undefined)
    return isSuccess(halt) ? 'expected an exceptional halt, but it succeeded' : null
  if (!isSuccess(halt)) return `unexpected halt: ${haltMessage(halt)}`
  if (gas !== parseQuantity(test.gas, `${place}.gas`))
    return `gas left ${toQuantity(gas)}, expected ${test.gas}`
  const expectedOutput = readText(test.out, `${place}.out`)
  if (bytesToHex(output) !== expectedOutput) return `output ${bytesToHex(output)}, expected ${expectedOutput}`
  const logs = bytesToHex(logsHash(state.logs))
  const expectedLogs = readText(test.logs, `${place}.logs`)
  if (logs !== expectedLogs) return `logs hash ${logs}, expected ${expectedLogs}`
  state.endTransaction(false)
  source.apply(state.changes())
  const expected = readAlloc(test.post, `${place}.post`, new MemorySource())
  const root = bytesToHex(source.root(merklePatricia))
  const wanted = bytesToHex(expected.root(merklePatricia))
  return root === wanted ? null : `state root ${root}, expected ${wanted}`
}

function messageOf(exec: Json, place: string): Message {
  const message = new Message()
  message.caller = parseAddress(exec.caller, `${place}.exec.caller`)
  message.self = parseAddress(exec.address, `${place}.exec.address`)
  message.to = message.self
  message.codeAddress = message.self
  message.value = parseQuantity(exec.value, `${place}.exec.value`)
  message.input = hexToBytes(exec.data, `${place}.exec.data`)
  message.gas = parseQuantity(exec.gas, `${place}.exec.gas`, 64)
  return message
}
