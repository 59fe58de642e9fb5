import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../core/hex.ts'
import { forkIdOf } from './fork-id.ts'
import { holesky, hoodi, mainnet, type Network, sepolia } from './networks.ts'

/** The ids that EIP-2124 and geth's test of them publish: from each block, or second, the hash and what comes next. */
const PUBLISHED: readonly (readonly [Network, readonly (readonly [bigint, number])[]])[] = [
  [
    mainnet,
    [
      [0n, 0xfc64ec04],
      [1_150_000n, 0x97c2c34c],
      [1_920_000n, 0x91d1f948],
      [2_463_000n, 0x7a64da13],
      [2_675_000n, 0x3edd5b10],
      [4_370_000n, 0xa00bc324],
      [7_280_000n, 0x668db0af],
      [9_069_000n, 0x879d6e30],
      [9_200_000n, 0xe029e991],
      [12_244_000n, 0x0eb440f6],
      [12_965_000n, 0xb715077d],
      [13_773_000n, 0x20c327fc],
      [15_050_000n, 0xf0afd0e3],
      [1_681_338_455n, 0xdce96c2d],
      [1_710_338_135n, 0x9f3d2254],
      [1_746_612_311n, 0xc376cf8b],
      [1_764_798_551n, 0x5167e2a6],
      [1_765_290_071n, 0xcba2a1c0],
      [1_767_747_671n, 0x07c9462e],
    ],
  ],
  [
    sepolia,
    [
      [0n, 0xfe3366e7],
      [1_735_371n, 0xb96cbd13],
      [1_677_557_088n, 0xf7f9bc08],
      [1_706_655_072n, 0x88cf81d9],
      [1_741_159_776n, 0xed88b5fd],
      [1_760_427_360n, 0xe2ae4999],
      [1_761_017_184n, 0x56078a1e],
      [1_761_607_008n, 0x268956b6],
    ],
  ],
  [
    holesky,
    [
      [0n, 0xc61a6098],
      [1_696_000_704n, 0xfd4f016b],
      [1_707_305_664n, 0x9b192ad0],
      [1_740_434_112n, 0xdfbd9bed],
      [1_759_308_480n, 0x783def52],
      [1_759_800_000n, 0xa280a45c],
      [1_760_389_824n, 0x9bc6cb31],
    ],
  ],
  [
    hoodi,
    [
      [0n, 0xbef71d30],
      [1_742_999_832n, 0x0929e24e],
      [1_761_677_592n, 0xe7e0e7ff],
      [1_762_365_720n, 0x3893353e],
      [1_762_955_544n, 0x23aa1351],
    ],
  ],
]

/** Numbers above this are times. */
const HIGHEST_BLOCK = 100_000_000n

describe.each(PUBLISHED)('fork ids of $name', ({ schedule, genesisHash, genesisTime }, ids) => {
  /** The id at a block number, before any fork by time, or at a time, after all forks by block. */
  const idAt = (at: bigint) => {
    const head =
      at > HIGHEST_BLOCK ? { number: HIGHEST_BLOCK, timestamp: at } : { number: at, timestamp: genesisTime }
    return forkIdOf(schedule, hexToBytes(genesisHash, 'genesis'), genesisTime, head)
  }

  it.each(ids.map(([at, hash], i) => ({ at, hash, next: ids[i + 1]?.[0] ?? 0n })))(
    'from $at on are $hash, next $next',
    ({ at, hash, next }) => {
      expect(idAt(at)).toEqual({ hash, next })
      if (next > 0n) expect(idAt(next - 1n)).toEqual({ hash, next })
    },
  )
})
