import { hexToBytes } from '../../src/core/hex.ts'
import type { Bundle } from '../../src/replay/bundle.ts'

/**
 * The first transaction ever mined on mainnet, in block 46147. Written from what is known for certain, not from a
 * node: where the block's coinbase, time and difficulty, the gas that was to be had in it, and whatever else anybody
 * owned at the time would stand, there is nothing.
 */
export const FIRST_MAINNET_TRANSACTION: Bundle = {
  name: 'first-mainnet-transaction',
  description:
    'The first transaction ever mined on mainnet: 31337 wei, paid out of the genesis allocation. What is not certain of its block is left out.',
  source: 'Ethereum mainnet, block 46147; the sender’s balance is that of the genesis allocation',
  chain: { chainId: 1n, fork: 'frontier' },
  block: { number: 46147n, blockHashes: new Map() },
  pre: new Map([
    [
      0xa1e4380a3b1f749673e270229993ee55f35663b4n,
      { balance: 2000n * 10n ** 18n, nonce: 0n, code: new Uint8Array(0), storage: new Map() },
    ],
  ]),
  transactions: [
    {
      raw: hexToBytes(
        '0xf86780862d79883d2000825208945df9b87991262f6ba471f09758cde1c0fc1de734827a69801ca088ff6cf0fefd94db46' +
          '111149ae4bfc179e9b94721fffd821d38d16464b3f71d0a045e0aff800961cfce805daef7016b9b675c137a6a41a548f7b' +
          '60a3484c06a33a',
        'raw',
      ),
      hash: 0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060n,
      sender: 0xa1e4380a3b1f749673e270229993ee55f35663b4n,
      // The receipts of that time hold a state root, no status.
      expected: { gasUsed: 21000n },
    },
  ],
}
