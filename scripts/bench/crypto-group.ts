import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, getActivePrecompiles } from '@ethereumjs/evm'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { keccak256 as peerKeccak } from 'ethereum-cryptography/keccak.js'
import { secp256k1 } from 'ethereum-cryptography/secp256k1.js'
import { prague } from '../../opcodes/forks.ts'
import type { Crypto } from '../../src/core/crypto.ts'
import { toFixedHex } from '../../src/core/hex.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import { bigintToBytes, MAX_WORD } from '../../src/core/word.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import type { Bench, Group } from './group.ts'
import { PEER } from './peers.ts'
import { runTask, type Task } from './tasks.ts'

/**
 * Primitives: hashes and recovery against the usual library, the rest as the precompiles of both engines. They are the
 * default ones, and where there are others under Node those too, under another name.
 */
export const cryptoGroup: Group = {
  name: 'crypto',
  share: 4,
  hasMean: true,
  async run(bench) {
    for (const sizeBytes of [32, 136, 1024]) {
      const data = new Uint8Array(sizeBytes).fill(7)
      await library(
        bench,
        `keccak256/${sizeBytes}`,
        () => keccak256(data),
        () => peerKeccak(data),
      )
    }
    await recovery(bench)
    await precompile(bench, 'modexp/256', 'modPow', 0x05n, modexpInput(256))
    await precompile(bench, 'bn254-mul', 'bn254Mul', 0x07n, mulInput())
    await precompile(bench, 'bn254-pairing/2', 'bn254Pairing', 0x08n, bn254Input())
    await precompile(bench, 'bls12-381-g1msm/16', 'blsG1Msm', 0x0cn, msmInput(16))
    await precompile(bench, 'bls12-381-pairing/2', 'blsPairing', 0x0fn, bls12Input())
  },
}

/** The wanted cases of a primitive: with the default one and, if it is another, with Node's. */
function casesOf(bench: Bench, name: string, primitive: keyof Crypto): { name: string; crypto: Crypto }[] {
  const cases = [{ name, crypto: defaultCrypto }]
  if (nodeCrypto[primitive] !== defaultCrypto[primitive])
    cases.push({ name: `${name} (node)`, crypto: nodeCrypto })
  return cases.filter((each) => bench.isWanted(each.name))
}

async function library(bench: Bench, name: string, ours: Task, theirs: Task): Promise<void> {
  if (bench.isWanted(name))
    await runTask(bench, { group: 'crypto', case: name }, ours, { [PEER.cryptography]: theirs })
}

/** The public key of a signature. */
async function recovery(bench: Bench): Promise<void> {
  const digest = keccak256(Uint8Array.of(1))
  const { r, s, recovery: yParity } = secp256k1.sign(digest, 7n)
  const theirs = () => {
    const signature = new secp256k1.Signature(r, s).addRecoveryBit(yParity)
    return signature.recoverPublicKey(digest).toRawBytes(false).subarray(1)
  }
  for (const { name, crypto } of casesOf(bench, 'secp256k1-recovery', 'secp256k1Recover'))
    await library(bench, name, () => crypto.secp256k1Recover(digest, yParity, r, s)!, theirs)
}

/** A precompile, called without an engine around it. */
async function precompile(
  bench: Bench,
  name: string,
  primitive: keyof Crypto,
  address: bigint,
  input: Uint8Array,
): Promise<void> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
  const theirs = getActivePrecompiles(common).get(toFixedHex(address, 20).slice(2))!
  const call = { data: input, gasLimit: 10n ** 9n, common, _EVM: await createEVM({ common }) }
  const ours = prague.precompiles.get(address)!
  for (const { name: full, crypto } of casesOf(bench, name, primitive)) {
    const named = { group: 'crypto', case: full }
    // Results are kept by the primitives given: new ones have none.
    await runTask(bench, named, () => ours.run(input, { ...crypto })!, {
      [PEER.evm]: async () => (await theirs(call)).returnValue,
    })
  }
}

/** Base, exponent and odd modulus of so many bytes each (EIP-198). */
function modexpInput(sizeBytes: number): Uint8Array {
  const length = bigintToBytes(BigInt(sizeBytes), 32)
  const number = (seed: number) => Uint8Array.from({ length: sizeBytes }, (_, i) => ((i + seed) * 167) | 1)
  return Buffer.concat([length, length, length, number(1), number(2), number(3)])
}

/** The generator and a scalar of 256 bits (EIP-196). */
function mulInput(): Uint8Array {
  return Buffer.concat([1n, 2n, MAX_WORD - 7n].map((value) => bigintToBytes(value, 32)))
}

/** Points of the subgroup and scalars of 256 bits (EIP-2537). */
function msmInput(terms: number): Uint8Array {
  const term = (_: unknown, i: number) => {
    const { x, y } = bls12_381.G1.Point.BASE.multiply(BigInt(i + 1)).toAffine()
    return [bigintToBytes(x, 64), bigintToBytes(y, 64), bigintToBytes(MAX_WORD - BigInt(i), 32)]
  }
  return Buffer.concat(Array.from({ length: terms }, term).flat())
}

/** e(P, Q) · e(−P, Q), which is one (EIP-197: the imaginary part of a coordinate comes first). */
function bn254Input(): Uint8Array {
  const field = (value: bigint) => bigintToBytes(value, 32)
  const { x, y } = bn254.G2.Point.BASE.toAffine()
  const g2 = [x.c1, x.c0, y.c1, y.c0].map(field)
  const pairs = [bn254.G1.Point.BASE, bn254.G1.Point.BASE.negate()].map((point) => {
    const g1 = point.toAffine()
    return [field(g1.x), field(g1.y), ...g2]
  })
  return Buffer.concat(pairs.flat())
}

/** The same on the other curve (EIP-2537: the real part first, 64 bytes each). */
function bls12Input(): Uint8Array {
  const field = (value: bigint) => bigintToBytes(value, 64)
  const { x, y } = bls12_381.G2.Point.BASE.toAffine()
  const g2 = [x.c0, x.c1, y.c0, y.c1].map(field)
  const pairs = [bls12_381.G1.Point.BASE, bls12_381.G1.Point.BASE.negate()].map((point) => {
    const g1 = point.toAffine()
    return [field(g1.x), field(g1.y), ...g2]
  })
  return Buffer.concat(pairs.flat())
}
