import type { Precompile } from '../../src/core/precompile.ts'
import type { Discounts } from './bls12-msm.ts'
import { msmGas, readTerms } from './bls12-msm.ts'
import { encodeG2, G2_BYTES, readG2, SCALAR_BYTES } from './bls12-points.ts'
import { remembered } from './remembered.ts'

const MULTIPLY_GAS = 22500

// biome-ignore format: eight rows of sixteen
const DISCOUNTS: Discounts = [
  1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
  711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
  643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
  606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
  580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
  561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
  546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
  534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
]

/** BLS12_G2MSM((a, scalar)…): the sum of multiples of points of the subgroup of the twisted curve. */
export const BLS12_G2MSM: Precompile = remembered({
  address: 0x0en,
  name: 'BLS12_G2MSM',
  spec: 'EIP-2537',
  gas: (input) => msmGas(input, G2_BYTES + SCALAR_BYTES, MULTIPLY_GAS, DISCOUNTS),
  run(input, crypto) {
    const terms = readTerms(input, G2_BYTES, readG2)
    return terms && encodeG2(crypto.blsG2Msm(terms))
  },
})
