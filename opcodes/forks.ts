import { ERROR_CODES, ZvmError } from '../src/core/errors.ts'
import { extend, type Table } from '../src/core/table.ts'
import { eip2 } from './eips/eip2.ts'
import { eip7 } from './eips/eip7.ts'
import { eip100 } from './eips/eip100.ts'
import { eip140 } from './eips/eip140.ts'
import { eip145 } from './eips/eip145.ts'
import { eip150 } from './eips/eip150.ts'
import { eip152 } from './eips/eip152.ts'
import { eip155 } from './eips/eip155.ts'
import { eip160 } from './eips/eip160.ts'
import { eip161 } from './eips/eip161.ts'
import { eip170 } from './eips/eip170.ts'
import { eip196 } from './eips/eip196.ts'
import { eip197 } from './eips/eip197.ts'
import { eip198 } from './eips/eip198.ts'
import { eip211 } from './eips/eip211.ts'
import { eip214 } from './eips/eip214.ts'
import { eip649 } from './eips/eip649.ts'
import { eip658 } from './eips/eip658.ts'
import { eip1014 } from './eips/eip1014.ts'
import { eip1052 } from './eips/eip1052.ts'
import { eip1108 } from './eips/eip1108.ts'
import { eip1153 } from './eips/eip1153.ts'
import { eip1234 } from './eips/eip1234.ts'
import { eip1283, withoutEip1283 } from './eips/eip1283.ts'
import { eip1344 } from './eips/eip1344.ts'
import { eip1559 } from './eips/eip1559.ts'
import { eip1884 } from './eips/eip1884.ts'
import { eip2028 } from './eips/eip2028.ts'
import { eip2200 } from './eips/eip2200.ts'
import { eip2384 } from './eips/eip2384.ts'
import { eip2537 } from './eips/eip2537.ts'
import { eip2565 } from './eips/eip2565.ts'
import { eip2929 } from './eips/eip2929.ts'
import { eip2930 } from './eips/eip2930.ts'
import { eip2935 } from './eips/eip2935.ts'
import { eip3198 } from './eips/eip3198.ts'
import { eip3529 } from './eips/eip3529.ts'
import { eip3541 } from './eips/eip3541.ts'
import { eip3554 } from './eips/eip3554.ts'
import { eip3651 } from './eips/eip3651.ts'
import { eip3675 } from './eips/eip3675.ts'
import { eip3855 } from './eips/eip3855.ts'
import { eip3860 } from './eips/eip3860.ts'
import { eip4345 } from './eips/eip4345.ts'
import { eip4399 } from './eips/eip4399.ts'
import { eip4788 } from './eips/eip4788.ts'
import { eip4844 } from './eips/eip4844.ts'
import { eip4895 } from './eips/eip4895.ts'
import { eip5133 } from './eips/eip5133.ts'
import { eip5656 } from './eips/eip5656.ts'
import { eip6110 } from './eips/eip6110.ts'
import { eip6780 } from './eips/eip6780.ts'
import { eip7002 } from './eips/eip7002.ts'
import { eip7251 } from './eips/eip7251.ts'
import { eip7516 } from './eips/eip7516.ts'
import { eip7594 } from './eips/eip7594.ts'
import { eip7623 } from './eips/eip7623.ts'
import { eip7685 } from './eips/eip7685.ts'
import { eip7691 } from './eips/eip7691.ts'
import { eip7702 } from './eips/eip7702.ts'
import { eip7823and7883 } from './eips/eip7823.ts'
import { eip7825 } from './eips/eip7825.ts'
import { bpo1, bpo2, bpo3, bpo4 } from './eips/eip7892.ts'
import { eip7918 } from './eips/eip7918.ts'
import { eip7934 } from './eips/eip7934.ts'
import { eip7939 } from './eips/eip7939.ts'
import { eip7951 } from './eips/eip7951.ts'
import { EMPTY_TABLE } from './empty-table.ts'
import { frontierRows } from './frontier.ts'

// The history of Ethereum's execution layer.

export const frontier = extend(EMPTY_TABLE, 'Frontier', [frontierRows])
export const homestead = extend(frontier, 'Homestead', [eip2, eip7])
export const tangerineWhistle = extend(homestead, 'EIP150', [eip150])
export const spuriousDragon = extend(tangerineWhistle, 'EIP158', [eip155, eip160, eip161, eip170])
export const byzantium = extend(spuriousDragon, 'Byzantium', [
  eip100,
  eip140,
  eip196,
  eip197,
  eip198,
  eip211,
  eip214,
  eip649,
  eip658,
])
export const constantinople = extend(byzantium, 'Constantinople', [
  eip145,
  eip1014,
  eip1052,
  eip1234,
  eip1283,
])
export const petersburg = extend(constantinople, 'ConstantinopleFix', [withoutEip1283])
export const istanbul = extend(petersburg, 'Istanbul', [eip152, eip1108, eip1344, eip1884, eip2028, eip2200])
export const muirGlacier = extend(istanbul, 'MuirGlacier', [eip2384])
export const berlin = extend(muirGlacier, 'Berlin', [eip2565, eip2929, eip2930])
export const london = extend(berlin, 'London', [eip1559, eip3198, eip3529, eip3541, eip3554])
export const arrowGlacier = extend(london, 'ArrowGlacier', [eip4345])
export const grayGlacier = extend(arrowGlacier, 'GrayGlacier', [eip5133])
export const paris = extend(grayGlacier, 'Paris', [eip3675, eip4399])
export const shanghai = extend(paris, 'Shanghai', [eip3651, eip3855, eip3860, eip4895])
export const cancun = extend(shanghai, 'Cancun', [eip1153, eip4788, eip4844, eip5656, eip6780, eip7516])
export const prague = extend(cancun, 'Prague', [
  ...[eip2537, eip2935, eip7685, eip6110, eip7002, eip7251, eip7623, eip7691, eip7702],
])
export const osaka = extend(prague, 'Osaka', [
  ...[eip7594, eip7823and7883, eip7825, eip7918, eip7934, eip7939, eip7951],
])
export const bpo1Fork = extend(osaka, 'BPO1', [bpo1])
export const bpo2Fork = extend(bpo1Fork, 'BPO2', [bpo2])
export const bpo3Fork = extend(bpo2Fork, 'BPO3', [bpo3])
export const bpo4Fork = extend(bpo3Fork, 'BPO4', [bpo4])

/** Every fork, oldest first, under the name the public suites use. */
export const FORKS: readonly Table[] = [
  ...[frontier, homestead, tangerineWhistle, spuriousDragon, byzantium, constantinople, petersburg, istanbul],
  ...[muirGlacier, berlin, london, arrowGlacier, grayGlacier, paris, shanghai, cancun, prague, osaka],
  ...[bpo1Fork, bpo2Fork, bpo3Fork, bpo4Fork],
]

/** Other names of the same forks. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['tangerinewhistle', 'EIP150'],
  ['spuriousdragon', 'EIP158'],
  ['petersburg', 'ConstantinopleFix'],
  ['merge', 'Paris'],
])

/** The fork of that name, in any case. Throws UNKNOWN_FORK, listing those there are. */
export function forkByName(name: string): Table {
  const text = String(name)
  const wanted = (ALIASES.get(text.toLowerCase()) ?? text).toLowerCase()
  const found = FORKS.find((fork) => fork.name.toLowerCase() === wanted)
  if (found) return found
  const known = FORKS.map((fork) => fork.name).join(', ')
  throw new ZvmError(
    ERROR_CODES.unknownFork,
    `unknown fork ${JSON.stringify(text.slice(0, 40))}; known: ${known}`,
  )
}
