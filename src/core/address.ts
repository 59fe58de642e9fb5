import { bytesToBareHex, toFixedHex } from './hex.ts'
import { keccak256 } from './keccak.ts'
import { encodeRlp } from './rlp.ts'
import { ADDRESS_MASK, bigintToBytes, bigintToMinimalBytes, bytesToBigint } from './word.ts'

const CREATE2_PREFIX = 0xff

/** The address of a contract that `sender` creates with CREATE or a transaction at `nonce` (Yellow Paper 7). */
export function createAddress(sender: bigint, nonce: bigint): bigint {
  return hashToAddress(keccak256(encodeRlp([bigintToBytes(sender, 20), bigintToMinimalBytes(nonce)])))
}

/** The address of a contract that `sender` creates with CREATE2 (EIP-1014). `salt` is a word. */
export function create2Address(sender: bigint, salt: bigint, initCode: Uint8Array): bigint {
  const preimage = new Uint8Array(85)
  preimage[0] = CREATE2_PREFIX
  preimage.set(bigintToBytes(sender, 20), 1)
  preimage.set(bigintToBytes(salt, 32), 21)
  preimage.set(keccak256(initCode), 53)
  return hashToAddress(keccak256(preimage))
}

/** The address of an account whose secp256k1 public key is these 64 bytes, x ‖ y (Yellow Paper F). */
export function publicKeyToAddress(publicKey: Uint8Array): bigint {
  return hashToAddress(keccak256(publicKey))
}

/** The address as mixed-case hex whose case is a checksum (EIP-55); the form of messages to people. */
export function toChecksumAddress(address: bigint): string {
  const plain = toFixedHex(address, 20).slice(2)
  const hash = bytesToBareHex(keccak256(new TextEncoder().encode(plain)))
  let mixed = '0x'
  for (let i = 0; i < plain.length; i++) mixed += hash[i] >= '8' ? plain[i].toUpperCase() : plain[i]
  return mixed
}

function hashToAddress(hash: Uint8Array): bigint {
  return bytesToBigint(hash) & ADDRESS_MASK
}
