import {
  arrowGlacier,
  berlin,
  bpo1Fork,
  bpo2Fork,
  byzantium,
  cancun,
  constantinople,
  frontier,
  grayGlacier,
  homestead,
  istanbul,
  london,
  muirGlacier,
  osaka,
  paris,
  petersburg,
  prague,
  shanghai,
  spuriousDragon,
  tangerineWhistle,
} from '../../opcodes/forks.ts'
import type { Table } from '../core/table.ts'
import { type Activation, ForkSchedule } from './fork-schedule.ts'

/** A public network: its schedule, proved by its published fork ids, and what its genesis block is known by. */
export interface Network {
  readonly name: string
  readonly schedule: ForkSchedule
  readonly genesisHash: string
  /** In seconds. */
  readonly genesisTime: bigint
}

export const mainnet: Network = {
  name: 'mainnet',
  genesisHash: '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
  genesisTime: 0n,
  schedule: new ForkSchedule({
    chainId: 1n,
    activations: [
      ...atBlocks([
        [frontier, 0n],
        [homestead, 1_150_000n],
        [tangerineWhistle, 2_463_000n],
        [spuriousDragon, 2_675_000n],
        [byzantium, 4_370_000n],
        [constantinople, 7_280_000n],
        [petersburg, 7_280_000n],
        [istanbul, 9_069_000n],
        [muirGlacier, 9_200_000n],
        [berlin, 12_244_000n],
        [london, 12_965_000n],
        [arrowGlacier, 13_773_000n],
        [grayGlacier, 15_050_000n],
      ]),
      ...atTimes([
        [shanghai, 1_681_338_455n],
        [cancun, 1_710_338_135n],
        [prague, 1_746_612_311n],
        [osaka, 1_764_798_551n],
        [bpo1Fork, 1_765_290_071n],
        [bpo2Fork, 1_767_747_671n],
      ]),
    ],
    daoBlock: 1_920_000n,
    merge: {
      table: paris,
      terminalTotalDifficulty: 58_750_000_000_000_000_000_000n,
      block: 15_537_394n,
    },
  }),
}

export const sepolia: Network = {
  name: 'sepolia',
  genesisHash: '0x25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9',
  genesisTime: 1_633_267_481n,
  schedule: new ForkSchedule({
    chainId: 11_155_111n,
    activations: [
      { table: london, block: 0n },
      ...atTimes([
        [shanghai, 1_677_557_088n],
        [cancun, 1_706_655_072n],
        [prague, 1_741_159_776n],
        [osaka, 1_760_427_360n],
        [bpo1Fork, 1_761_017_184n],
        [bpo2Fork, 1_761_607_008n],
      ]),
    ],
    netsplitBlock: 1_735_371n,
    merge: { table: paris, terminalTotalDifficulty: 17_000_000_000_000_000n, block: 1_450_409n },
    depositContract: 0x7f02c3e3c98b133055b8b348b2ac625669ed295dn,
  }),
}

export const holesky: Network = {
  name: 'holesky',
  genesisHash: '0xb5f7f912443c940f21fd611f12828d75b534364ed9e95ca4e307729a4661bde4',
  genesisTime: 1_695_902_100n,
  schedule: new ForkSchedule({
    chainId: 17_000n,
    activations: [
      { table: paris, block: 0n },
      ...atTimes([
        [shanghai, 1_696_000_704n],
        [cancun, 1_707_305_664n],
        [prague, 1_740_434_112n],
        [osaka, 1_759_308_480n],
        [bpo1Fork, 1_759_800_000n],
        [bpo2Fork, 1_760_389_824n],
      ]),
    ],
    depositContract: 0x4242424242424242424242424242424242424242n,
  }),
}

export const hoodi: Network = {
  name: 'hoodi',
  genesisHash: '0xbbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b',
  genesisTime: 1_742_212_800n,
  schedule: new ForkSchedule({
    chainId: 560_048n,
    activations: [
      { table: cancun, block: 0n },
      ...atTimes([
        [prague, 1_742_999_832n],
        [osaka, 1_761_677_592n],
        [bpo1Fork, 1_762_365_720n],
        [bpo2Fork, 1_762_955_544n],
      ]),
    ],
  }),
}

export const NETWORKS: readonly Network[] = [mainnet, sepolia, holesky, hoodi]

function atBlocks(forks: readonly (readonly [Table, bigint])[]): Activation[] {
  return forks.map(([table, block]) => ({ table, block }))
}

function atTimes(forks: readonly (readonly [Table, bigint])[]): Activation[] {
  return forks.map(([table, time]) => ({ table, time }))
}
