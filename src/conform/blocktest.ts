import type { ChainOptions } from '../chain/chain.ts'
import { ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import { readJsonFile } from '../host/read-file.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { type BlockOutcome, type BlockTest, blockTests, runBlockTest } from './block-tests.ts'
import { dumpState } from './dump.ts'
import { matching } from './name-filter.ts'
import type { StateTestResult } from './statetest.ts'

/** What to run of a file. */
export interface BlockTestSelection {
  /** Source of a regular expression that the test's name must match. */
  readonly run: string | null
  readonly isDumped: boolean
}

/**
 * Runs the chosen tests of a file in the order of their names, as geth does. One that has not the form of a test, or
 * whose network nobody knows, does not pass. Throws what is wrong with the file, and USAGE where the pattern takes
 * forever.
 */
export function* runBlockTestFile(
  path: string,
  { run, isDumped }: BlockTestSelection,
  tracerOf: () => Tracer | null,
): Iterable<StateTestResult> {
  const tests = blockTests(readJsonFile(path), path).sort((a, b) => (a.name < b.name ? -1 : 1))
  const chosen = run === null ? tests : matching(new RegExp(run), tests, ({ name }) => [name])
  for (const test of chosen) yield runOne(test, isDumped, tracerOf())
}

function runOne(test: BlockTest, isDumped: boolean, tracer: Tracer | null): StateTestResult {
  const { name, network: fork } = test
  const images = new Map<bigint, MemorySource>()
  try {
    const outcome = runBlockTest(test, null, {
      crypto: nodeCrypto,
      ...(tracer ? { tracer } : {}),
      ...(isDumped ? { observe: keepImages(images) } : {}),
    })
    return resultOf(test, outcome, images)
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    return { name, pass: false, fork, error: error.message }
  }
}

/** Keeps the state after each block. */
function keepImages(images: Map<bigint, MemorySource>): NonNullable<ChainOptions['observe']> {
  return ({ hash, header }, changes) => {
    const image = images.get(header.parentHash)?.fork() ?? new MemorySource()
    image.apply(changes)
    images.set(hash, image)
  }
}

function resultOf(
  { name, network: fork }: BlockTest,
  { chain, failure }: BlockOutcome,
  images: ReadonlyMap<bigint, MemorySource>,
): StateTestResult {
  const image = images.get(chain.head.hash)
  return {
    name,
    pass: failure === null,
    stateRoot: toFixedHex(chain.head.header.stateRoot, 32),
    fork,
    ...(failure === null ? {} : { error: failure }),
    ...(image ? { state: dumpState(image) } : {}),
  }
}
