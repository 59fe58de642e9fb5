import type { Precompile } from '../../src/core/precompile.ts'
import type { Discounts } from './bls12-msm.ts'
import { msmGas, readTerms } from './bls12-msm.ts'
import { encodeG1, G1_BYTES, readG1, SCALAR_BYTES } from './bls12-points.ts'
import { remembered } from './remembered.ts'

const MULTIPLY_GAS = 12000

// biome-ignore format: eight rows of sixteen
const DISCOUNTS: Discounts = [
  1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
  673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
  625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
  596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
  575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
  558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
  543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
  530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
]

/** BLS12_G1MSM((a, scalar)…): the sum of multiples of points of the subgroup. */
export const BLS12_G1MSM: Precompile = remembered({
  address: 0x0cn,
  name: 'BLS12_G1MSM',
  spec: 'EIP-2537',
  gas: (input) => msmGas(input, G1_BYTES + SCALAR_BYTES, MULTIPLY_GAS, DISCOUNTS),
  run(input, crypto) {
    const terms = readTerms(input, G1_BYTES, readG1)
    return terms && encodeG1(crypto.blsG1Msm(terms))
  },
})
