import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { falcon512 } from '@noble/post-quantum/falcon.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { slh_dsa_sha2_128f } from '@noble/post-quantum/slh-dsa.js'
import { CONTRACT, type Test } from './case.ts'
import { bytesOf, integerOf } from './encoding.ts'
import { code, data, keep, op, push, word } from './program.ts'

const SIZES = [
  0, 1, 31, 32, 33, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 135, 136, 137, 255, 256, 1023, 1024, 1025,
  2048,
]
const bytes = (size: number, seed = 1) => new Uint8Array(size).map((_, i) => (i * 7 + seed) % 251)

/** Digests of calldata of many sizes, at an odd offset of memory. */
export function digestTests(): Test[] {
  return ['KECCAK256', 'SHA256', 'RIPEMD160', 'BLAKE2B', 'BLAKE3'].map((name) => ({
    name,
    comment: 'The digest of calldata, and of nothing, and the gas left.',
    accounts: [
      [
        CONTRACT,
        {
          code: code(op('CALLDATACOPY', 5, 0, ['CALLDATASIZE']), [
            op(name, 5, ['CALLDATASIZE']),
            keep(0),
            op(name, 1n << 64n, 0),
            keep(1),
            'GAS',
            keep(2),
          ]),
        },
      ],
    ],
    cases: SIZES.map((size) => ({ label: `${size} bytes`, data: bytes(size) })),
  }))
}

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i + 1)
const DIGEST = bytes(32, 9)

type Words = readonly [label: string, words: readonly bigint[]]

/** Signatures that are right, and the ways in which they may be wrong. */
export function signatureTests(): Test[] {
  return [ecrecover(), p256Verify(), ed25519Verify()]
}

function onWords(name: string, count: number, list: readonly Words[]): Test {
  const operands = Array.from({ length: count }, (_, i) => word(i))
  return {
    name,
    comment: 'On words of calldata.',
    accounts: [[CONTRACT, { code: code(op(name, ...operands), keep(0), push(1), keep(1), 'GAS', keep(2)) }]],
    cases: list.map(([label, words]) => ({ label, data: data(...words) })),
  }
}

function ecrecover(): Test {
  const n = secp256k1.Point.Fn.ORDER
  const signature = secp256k1.Signature.fromBytes(
    secp256k1.sign(DIGEST, SECRET, { prehash: false, format: 'recovered', extraEntropy: false }),
    'recovered',
  )
  const { r, s } = signature
  const digest = integerOf(DIGEST),
    v = BigInt(signature.recovery! + 27),
    w = 55n - v
  return onWords('ECRECOVER', 4, [
    ['signed', [digest, v, r, s]],
    ['the other parity', [digest, w, r, s]],
    ['high s', [digest, w, r, n - s]],
    ['another digest', [digest + 1n, v, r, s]],
    ...[0n, 1n, 26n, 29n, 256n + v].map((wrong): Words => [`v of ${wrong}`, [digest, wrong, r, s]]),
    ...[0n, n, n + 1n, (1n << 256n) - 1n].flatMap((wrong): Words[] => [
      [`r of ${wrong.toString(16)}`, [digest, v, wrong, s]],
      [`s of ${wrong.toString(16)}`, [digest, v, r, wrong]],
    ]),
    ['r that is no x', [digest, v, 5n, s]],
  ])
}

function p256Verify(): Test {
  const n = p256.Point.Fn.ORDER
  const { r, s } = p256.Signature.fromBytes(
    p256.sign(DIGEST, SECRET, { prehash: false, lowS: false, extraEntropy: false }),
  )
  const { x, y } = p256.Point.fromBytes(p256.getPublicKey(SECRET)).toAffine()
  const digest = integerOf(DIGEST)
  return onWords('P256_VERIFY', 5, [
    ['signed', [digest, r, s, x, y]],
    ['the other s', [digest, r, n - s, x, y]],
    ['another digest', [digest + 1n, r, s, x, y]],
    ['another key', [digest, r, s, x, p256.Point.Fp.ORDER - y]],
    ['off the curve', [digest, r, s, x, y + 1n]],
    ['infinity', [digest, r, s, 0n, 0n]],
    ...[0n, n, n + r, (1n << 256n) - 1n].flatMap((wrong): Words[] => [
      [`r of ${wrong.toString(16).slice(0, 64)}`, [digest, wrong % (1n << 256n), s, x, y]],
      [`s of ${wrong.toString(16).slice(0, 64)}`, [digest, r, wrong % (1n << 256n), x, y]],
    ]),
  ])
}

function ed25519Verify(): Test {
  const key = integerOf(ed25519.getPublicKey(SECRET))
  const verifying = code(op('CALLDATACOPY', 0, 0, ['CALLDATASIZE']), [
    op('ED25519_VERIFY', op('MLOAD', 0), 32, 96, [push(96), 'CALLDATASIZE', 'SUB']),
    keep(0),
    'GAS',
    keep(1),
  ])
  const signed = (
    label: string,
    message: Uint8Array,
    change: (parts: { key: bigint; signature: Uint8Array }) => void = () => {},
  ) => {
    const parts = { key, signature: Uint8Array.from(ed25519.sign(message, SECRET)) }
    change(parts)
    return { label, data: Uint8Array.from([...bytesOf(parts.key, 32), ...parts.signature, ...message]) }
  }
  const flip = (at: number) => (parts: { signature: Uint8Array }) => {
    parts.signature[at] ^= 1
  }
  return {
    name: 'ED25519_VERIFY',
    comment: 'Calldata is key, signature, message.',
    accounts: [[CONTRACT, { code: verifying }]],
    cases: [
      ...[0, 1, 32, 100, 1000].map((size) => signed(`${size} bytes`, bytes(size))),
      ...[0, 31, 32, 62].map((at) => signed(`byte ${at} of the signature changed`, bytes(10), flip(at))),
      signed('another key', bytes(10), (parts) => {
        parts.key = integerOf(ed25519.getPublicKey(DIGEST))
      }),
      signed('s not reduced', bytes(10), ({ signature }) => signature.fill(0xff, 32)),
    ],
  }
}

/** Keys and signatures of the three schemes; the value of the transaction says which byte of them is changed, if any. */
export function postQuantumTests(): Test[] {
  const message = bytes(50)
  const seed = (size: number) => bytes(size, 3)
  const mlDsa = ml_dsa65.keygen(seed(32))
  const slhDsa = slh_dsa_sha2_128f.keygen(seed(48))
  const falcon = falcon512.keygen(seed(48))
  const options = { extraEntropy: false } as const
  const falconSignature = falcon512.sign(message, falcon.secretKey, { extraEntropy: seed(48) })
  const length = Uint8Array.of(falconSignature.length >> 8, falconSignature.length)
  const seedTest: Test = {
    name: 'PQ_KEYGEN',
    comment: 'The digest of the key of a seed.',
    accounts: [
      [
        CONTRACT,
        {
          code: code(
            [op('MSTORE', 7, word(0)), op('PQ_KEYGEN', 7, 50), keep(0), op('KECCAK256', 50, 1952), keep(1)],
            ['MSIZE', keep(2), 'GAS', keep(3)],
          ),
        },
      ],
    ],
    cases: [0n, 1n, (1n << 256n) - 1n].map((value) => ({ label: value.toString(16), data: data(value) })),
  }
  return [
    verifying(
      'PQ_VERIFY_DILITHIUM',
      mlDsa.publicKey,
      ml_dsa65.sign(message, mlDsa.secretKey, options),
      message,
    ),
    verifying(
      'PQ_VERIFY_FALCON',
      falcon.publicKey,
      Uint8Array.from([...length, ...falconSignature]),
      message,
    ),
    verifying(
      'PQ_VERIFY_SPHINCS',
      slhDsa.publicKey,
      slh_dsa_sha2_128f.sign(message, slhDsa.secretKey, options),
      message,
    ),
    seedTest,
  ]
}

function verifying(name: string, key: Uint8Array, signature: Uint8Array, message: Uint8Array): Test {
  const [from, end] = [key.length, key.length + signature.length]
  const program = code(
    op('CALLDATACOPY', 0, 0, ['CALLDATASIZE']),
    // Without a value the byte lies past the message.
    [op('ISZERO', ['CALLVALUE']), push(end + message.length + 1), 'MUL', 'CALLVALUE', 'ADD', 'REGSET', 0],
    [op('MSTORE8', [push(1), 'REGGET', 0, 'SUB'], 0x5a)],
    [op(name, 0, from, end, message.length), keep(0), 'MSIZE', keep(1), 'GAS', keep(2)],
  )
  const places = [0, 1, from + 1, from + 3, from + 40, end - 1, end + 1, end + message.length]
  return {
    name,
    comment: 'Calldata is key, signature, message; a value n changes byte n − 1 of them.',
    accounts: [[CONTRACT, { code: program }]],
    cases: places.map((n) => ({
      label: n === 0 ? 'signed' : `byte ${n - 1} changed`,
      data: Uint8Array.from([...key, ...signature, ...message]),
      value: BigInt(n),
    })),
  }
}
