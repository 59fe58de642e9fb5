import type { BlockRejection } from '../chain/block-rejection.ts'
import type { ChainBlock } from '../chain/block-store.ts'
import { Chain, type ChainOptions } from '../chain/chain.ts'
import { readBlobSchedule } from '../chain/chain-config.ts'
import { Ethash } from '../chain/ethash.ts'
import { ForkSchedule, scheduleByName } from '../chain/fork-schedule.ts'
import { readAlloc } from '../chain/genesis.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes, parseQuantity, toFixedHex } from '../core/hex.ts'
import { entriesOf } from '../core/members.ts'
import type { Table } from '../core/table.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { isExpected } from './block-exceptions.ts'
import { readHeader } from './block-header.ts'
import { orBroken, type SuiteCase } from './case.ts'
import { asArray, asObject, findFork, type Json, optionalQuantity, readText } from './fixture.ts'
import { moduleFormats } from './suite-tier.ts'

/** A test of a file: a genesis and blocks, with which of them are valid and what the chain is then. */
export interface BlockTest {
  readonly name: string
  readonly network: string
  /** Whether the network is one fork, in whose place another table may stand. */
  readonly isOneFork: boolean
  readonly fields: Json
  readonly place: string
}

/**
 * Only tests that name this seal engine were filled with proofs of work, in 2019 and before; the blocks of the others,
 * `NoProof`, have none that would hold.
 */
const ethash = new Ethash()

/** What came of a test. */
export interface BlockOutcome {
  readonly chain: Chain
  /** Why the test fails; null if it passes. */
  readonly failure: string | null
}

/** The tests of a file of BlockchainTests, as the suites of ethereum/tests and execution-spec-tests have them. Throws VALUE. */
export function blockTests(file: unknown, place: string): BlockTest[] {
  return entriesOf(file, place).map(([name, value]) => readBlockTest(name, value, `${place}: ${name}`))
}

function readBlockTest(name: string, value: unknown, place: string): BlockTest {
  const fields = asObject(value, place)
  const network = readText(fields.network, `${place}.network`)
  return { name, network, isOneFork: findFork(network) !== null, fields, place }
}

/** The cases as a suite has them: each passes where every tier accepts and refuses what it should. */
export function blockSuiteCases(file: unknown, place: string): SuiteCase[] {
  return entriesOf(file, place).flatMap(([name, value]) =>
    orBroken(name, () => [suiteCase(readBlockTest(name, value, `${place}: ${name}`))]),
  )
}

function suiteCase(test: BlockTest): SuiteCase {
  const { name, network, isOneFork } = test
  const common = { name, fork: network, tableFork: isOneFork ? network : null }
  const skipped = isOneFork || isNetwork(network) ? {} : { skipped: `no fork ${network}` }
  return {
    ...common,
    ...skipped,
    check(table, crypto, tiers) {
      for (const tier of tiers) {
        const run = tier === 'module' ? { formatsOf: moduleFormats } : { tier }
        const { failure } = runBlockTest(test, isOneFork ? table : null, { crypto, ...run })
        if (failure !== null) return tiers.length === 1 ? failure : `${tier}: ${failure}`
      }
      return null
    },
  }
}

function isNetwork(name: string): boolean {
  try {
    scheduleByName(name)
    return true
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.unknownFork) return false
    throw error
  }
}

/** What a run may ask of a chain beside what the test says. */
export type BlockTestOptions = Pick<ChainOptions, 'crypto' | 'tier' | 'formatsOf' | 'tracer' | 'observe'>

/** Runs a test; `table` stands in the place of its fork. Throws VALUE where the test has not the form it should have. */
export function runBlockTest(test: BlockTest, table: Table | null, options: BlockTestOptions): BlockOutcome {
  const { fields, place } = test
  const pre = readAlloc(fields.pre, `${place}.pre`, new MemorySource())
  const genesis = readHeader(fields.genesisBlockHeader, `${place}.genesisBlockHeader`)
  const schedule = scheduleOf(test, table)
  const chain = new Chain({
    ...options,
    schedule,
    genesis: genesis.header,
    alloc: pre.changes(),
    ...(fields.sealEngine === 'Ethash' ? { seal: (header) => ethash.isSealed(header) } : {}),
  })
  const blocks = asArray(fields.blocks, `${place}.blocks`)
  for (const [i, block] of blocks.entries()) {
    const failure = importOne(
      chain,
      asObject(block, `${place}.blocks[${i}]`),
      `${place}.blocks[${i}]`,
      test.network,
    )
    if (failure !== null) return { chain, failure: `blocks[${i}]: ${failure}` }
  }
  return { chain, failure: checkEnd(chain, test) }
}

function importOne(chain: Chain, block: Json, place: string, network: string): string | null {
  const found = chain.importBytes(hexToBytes(block.rlp, `${place}.rlp`))
  const stated =
    block.expectException ?? block[`expectException${network}`] ?? block.expectExceptionALL ?? undefined
  const exception = stated === undefined ? null : readText(stated, `${place}.expectException`)
  const isInvalid = exception !== null || block.blockHeader === undefined
  if (isRefusal(found)) return judgeRefusal(found, isInvalid, exception)
  if (isInvalid) return `accepted, expected ${exception ?? 'a refusal'}`
  const { hash } = readHeader(block.blockHeader, `${place}.blockHeader`)
  return hash === found.hash ? null : `hash ${word(found.hash)}, expected ${word(hash)}`
}

function judgeRefusal(found: BlockRejection, isInvalid: boolean, exception: string | null): string | null {
  const what = `${found.transaction?.code ?? found.code} (${found.message})`
  if (!isInvalid) return `refused: ${what}`
  if (exception === null || isExpected(exception, found)) return null
  return `refused for another reason than ${exception}: ${what}`
}

function isRefusal(found: ChainBlock | BlockRejection): found is BlockRejection {
  return 'code' in found
}

function checkEnd(chain: Chain, { fields, place }: BlockTest): string | null {
  const last = parseQuantity(fields.lastblockhash, `${place}.lastblockhash`)
  const { hash, header } = chain.head
  if (hash !== last) return `the head is ${word(hash)}, expected ${word(last)}`
  if (fields.postState === undefined) return null
  const post = readAlloc(fields.postState, `${place}.postState`, new MemorySource())
  const root = bytesToHex(post.root(merklePatricia))
  return root === word(header.stateRoot) ? null : `state root ${word(header.stateRoot)}, expected ${root}`
}

/** The schedule of a test: that of its network, with the blob parameters that its own configuration names. */
export function scheduleOf({ network, fields, place }: BlockTest, table: Table | null): ForkSchedule {
  const config = asObject(fields.config ?? {}, `${place}.config`)
  const chainId = optionalQuantity(config.chainid, `${place}.config.chainid`, 1n)
  const schedule = table
    ? new ForkSchedule({ chainId, activations: [{ table, block: 0n }] })
    : scheduleByName(network, chainId)
  const parameters = readBlobSchedule(config.blobSchedule ?? {}, `${place}.config.blobSchedule`)
  return parameters.size === 0 ? schedule : schedule.withBlobParameters(parameters)
}

function word(value: bigint): string {
  return toFixedHex(value, 32)
}
