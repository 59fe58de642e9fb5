import { privateKeyToAddress } from '../../src/chain/sign.ts'
import { bigintToBytes } from '../../src/core/word.ts'

/** Accounts whose keys are known: they send transactions and sign authorisations. */
const KEYS: readonly Uint8Array[] = [1n, 2n, 3n, 4n, 5n].map((key) => bigintToBytes(0x5eed00n + key, 32))

export const SIGNERS: readonly bigint[] = KEYS.map(privateKeyToAddress)

/** The private key of one of `SIGNERS`. */
export function keyOf(signer: bigint): Uint8Array {
  return KEYS[SIGNERS.indexOf(signer)]
}
