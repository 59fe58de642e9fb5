import { type Input, RLP } from '@ethereumjs/rlp'
import { keccak256 } from 'ethereum-cryptography/keccak.js'

export function keccak(data: Uint8Array): Uint8Array {
  return keccak256(Uint8Array.from(data))
}

export function encodeRlp(value: Input): Uint8Array {
  return RLP.encode(value)
}

export function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`
}

export function quantity(value: bigint): string {
  return `0x${value.toString(16)}`
}

export function address(value: bigint): string {
  return `0x${value.toString(16).padStart(40, '0')}`
}

/** The big-endian bytes of an integer, the lowest `size` of them. */
export function bytesOf(value: bigint, size: number): Uint8Array {
  return Uint8Array.from(
    Buffer.from(
      value
        .toString(16)
        .padStart(2 * size, '0')
        .slice(-2 * size),
      'hex',
    ),
  )
}

export function integerOf(bytes: Uint8Array): bigint {
  return BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
}

/** An integer as RLP writes it. */
export function trimmed(value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array(0) : bytesOf(value, Math.ceil(value.toString(16).length / 2))
}
