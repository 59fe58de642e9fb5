import fc from 'fast-check'
import { getAddress, getContractAddress } from 'viem'
import { describe, expect, it } from 'vitest'
import { create2Address, createAddress, toChecksumAddress } from './address.ts'
import { hexToBytes, toFixedHex } from './hex.ts'

const addresses = fc.bigInt(0n, (1n << 160n) - 1n)

describe('contract addresses', () => {
  // The examples of EIP-1014: sender, salt, initcode, address.
  it.each([
    ['0x0', '0x0', '0x00', '0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38'],
    [
      '0xdeadbeef00000000000000000000000000000000',
      '0x0',
      '0x00',
      '0xB928f69Bb1D91Cd65274e3c79d8986362984fDA3',
    ],
    [
      '0xdeadbeef00000000000000000000000000000000',
      '0xfeed000000000000000000000000000000000000',
      '0x00',
      '0xD04116cDd17beBE565EB2422F2497E06cC1C9833',
    ],
    ['0x0', '0x0', '0xdeadbeef', '0x70f2b2914A2a4b783FaEFb75f459A580616Fcb5e'],
    ['0xdeadbeef', '0xcafebabe', '0xdeadbeef', '0x60f3f640a8508fC6a86d45DF051962668E1e8AC7'],
    ['0x0', '0x0', '0x', '0xE33C0C7F7df4809055C3ebA6c09CFe4BaF1BD9e0'],
  ])('CREATE2 from %s with salt %s and initcode %s', (sender, salt, initCode, expected) => {
    const address = create2Address(BigInt(sender), BigInt(salt), hexToBytes(initCode, 'initcode'))
    expect(toChecksumAddress(address)).toBe(expected)
  })

  it('agree with viem for every sender and nonce', () => {
    fc.assert(
      fc.property(addresses, fc.bigInt(0n, (1n << 64n) - 1n), (sender, nonce) => {
        const expected = getContractAddress({ from: toFixedHex(sender, 20) as `0x${string}`, nonce })
        expect(toChecksumAddress(createAddress(sender, nonce))).toBe(expected)
      }),
    )
  })

  it('are written with the checksum of EIP-55', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(toChecksumAddress(address)).toBe(getAddress(toFixedHex(address, 20)))
      }),
    )
  })
})
