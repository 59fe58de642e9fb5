import { byzantium, constantinople, homestead } from '../../opcodes/forks.ts'
import { type DifficultyParent, difficultyOf } from '../chain/difficulty.ts'
import { ForkSchedule } from '../chain/fork-schedule.ts'
import { mainnet } from '../chain/networks.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex, hexToBytes, parseQuantity } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { entriesOf, Members, type Read } from '../core/members.ts'
import { encodeRlp } from '../core/rlp.ts'
import type { Rules } from '../core/rules.ts'
import { orBroken, type SuiteCase } from './case.ts'

const NO_OMMERS = bytesToBareHex(keccak256(encodeRlp([])))

/** The chain whose forks a file of BasicTests goes by, by the name of the file. */
const CHAINS: readonly (readonly [name: RegExp, schedule: ForkSchedule])[] = [
  [/Homestead$/, new ForkSchedule({ chainId: 1n, activations: [{ table: homestead, block: 0n }] })],
  [
    /Ropsten$/,
    new ForkSchedule({
      chainId: 3n,
      activations: [
        { table: homestead, block: 0n },
        { table: byzantium, block: 1_700_000n },
        { table: constantinople, block: 4_230_000n },
      ],
    }),
  ],
  [/(^difficulty|MainNetwork)$/, mainnet.schedule],
]

/**
 * The cases of a file with difficulties of blocks, already parsed: of DifficultyTests, where they are in groups and by
 * fork, or of BasicTests, where the name of the file that ends `place` tells the chain. Throws VALUE when the file
 * is neither.
 */
export function difficultyCases(file: unknown, place: string): SuiteCase[] {
  const name = place.replace(/^.*[/\\]/, '').replace(/\.json$/, '')
  return entriesOf(file, place).flatMap(([title, value]) => {
    const at = `${place}: ${title}`
    if (typeof value === 'object' && value !== null && 'currentDifficulty' in value)
      return [{ name: title, fork: null, tableFork: null, check: () => checkOnChain(value, at, name) }]
    return orBroken(title, () => casesOfGroup(value, at))
  })
}

function casesOfGroup(value: unknown, place: string): SuiteCase[] {
  const forks = entriesOf(value, place).filter(([name]) => name !== '_info')
  return forks.flatMap(([fork, blocks]) =>
    entriesOf(blocks, `${place}.${fork}`).map(([name, block]) => ({
      name,
      fork,
      tableFork: fork,
      check: ({ rules }) => checkDifficulty(readDifficultyTest(block, `${place}.${fork}.${name}`), rules),
    })),
  )
}

function checkOnChain(value: unknown, place: string, name: string): string | null {
  const test = readDifficultyTest(value, place)
  const schedule = CHAINS.find(([pattern]) => pattern.test(name))?.[1]
  if (!schedule) throw new ZvmError(ERROR_CODES.value, `${place}: of a chain unknown`, { place })
  return checkDifficulty(test, schedule.tableAt(test.number, test.timestamp, 0n).rules)
}

interface DifficultyTest {
  readonly number: bigint
  readonly timestamp: bigint
  readonly difficulty: bigint
  readonly parent: DifficultyParent
}

/** What is wrong with the difficulty that we find; null when it is as stated. */
function checkDifficulty(test: DifficultyTest, { difficulty }: Rules): string | null {
  if (difficulty === null) return 'the fork has no proof of work'
  const found = difficultyOf(difficulty, test.timestamp, test.parent)
  return found === test.difficulty ? null : `the difficulty is ${found}, expected ${test.difficulty}`
}

const readDifficultyTest: Read<DifficultyTest> = (value, place) => {
  const members = new Members(value, place)
  const number = members.required('currentBlockNumber', parseQuantity)
  const test = {
    number,
    timestamp: members.required('currentTimestamp', parseQuantity),
    difficulty: members.required('currentDifficulty', parseQuantity),
    parent: {
      number: number - 1n,
      timestamp: members.required('parentTimestamp', parseQuantity),
      difficulty: members.required('parentDifficulty', parseQuantity),
      hasOmmers: members.optional('parentUncles', readHasOmmers) ?? false,
    },
  }
  members.done()
  return test
}

/** Written as 0x00 or 0x01, or as the hash of the ommers. */
const readHasOmmers: Read<boolean> = (value, place) => {
  const hex = bytesToBareHex(hexToBytes(value, place))
  return hex !== '00' && hex !== NO_OMMERS
}
