import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToBareHex } from '../core/hex.ts'
import { contextHash } from './context.ts'
import { signerOf } from './keys.ts'
import { multiToJson, readMulti } from './multi-file.ts'
import {
  addSignature,
  type MultiTerms,
  multiTerms,
  signedText,
  startMulti,
  verifyMulti,
} from './multi-signature.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const PAYLOAD = [utf8('raise '), utf8('the limit')]
const people = [1, 2, 3, 4].map((n) => signerOf(new Uint8Array(32).fill(n)))
const [, , , stranger] = people
const council = people.slice(0, 3)
const hexOf = ({ publicKey }: { publicKey: Uint8Array }) => bytesToBareHex(publicKey)

function terms(more: Partial<MultiTerms> = {}): MultiTerms {
  const signers = council.map(({ publicKey }) => publicKey)
  return multiTerms({ chainId: 5, nonce: 7, context: 'council', threshold: 2, signers, ...more })
}

function signedBy(...signers: typeof people): string {
  let multi = startMulti(terms(), PAYLOAD)
  for (const signer of signers) multi = addSignature(multi, signer, PAYLOAD)
  return multiToJson(multi)
}

const read = (text: string) => readMulti(utf8(text), 'm')
const judge = (text: string, wanted = terms(), payload = PAYLOAD) => {
  const verdict = verifyMulti(read(text), payload, wanted)
  return verdict.isValid ? verdict.signers.length : verdict.reason
}

interface Plain {
  [member: string]: unknown
  signers: string[]
  signatures: { signer: string; signature: string }[]
  payload: string
}

/** The file of two signatures with a change to its JSON. */
function changed(change: (json: Plain) => void): string {
  const json = JSON.parse(signedBy(council[0], council[2]))
  change(json)
  return JSON.stringify(json)
}

describe('a k-of-n file', () => {
  it('holds once enough have signed, in whatever order they came', () => {
    expect(judge(signedBy())).toBe('signed by 0, of whom there must be 2')
    expect(judge(signedBy(council[2]))).toBe('signed by 1, of whom there must be 2')
    expect(judge(signedBy(council[2], council[0]))).toBe(2)
    expect(signedBy(council[2], council[0])).toBe(signedBy(council[0], council[2]))
    expect(judge(signedBy(...council))).toBe(3)
  })

  it('is written as it was read', () => {
    const context = fc.string({ maxLength: 20, unit: 'grapheme' })
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), context, fc.nat(2), (chainId, nonce, name, more) => {
        const printable = name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '')
        const own = terms({ chainId, nonce, context: printable, threshold: more + 1 })
        const multi = addSignature(startMulti(own, PAYLOAD), council[0], PAYLOAD)
        expect(multiToJson(read(multiToJson(multi)))).toBe(multiToJson(multi))
        expect(judge(multiToJson(multi), own)).toBe(
          more === 0 ? 1 : `signed by 1, of whom there must be ${more + 1}`,
        )
      }),
      { numRuns: 20 },
    )
  })

  it('is signed line by line in the zsig context of its format', () => {
    const multi = read(signedBy(council[0]))
    const lines = signedText(multi).split('\n')
    expect(lines.slice(0, 4)).toEqual(['chain 5', 'nonce 7', 'context council', 'threshold 2'])
    expect(lines.slice(4)).toEqual([
      ...council
        .map(hexOf)
        .sort()
        .map((hex) => `signer ${hex}`),
      `payload ${bytesToBareHex(multi.payloadHash)}`,
      '',
    ])
    const hash = contextHash('zsig-multi/1', [utf8(signedText(multi))])
    expect(bytesToBareHex(multi.signatures[0].signature)).toBe(bytesToBareHex(council[0].sign(hash)))
  })

  it.each<[string, Partial<MultiTerms>, string]>([
    ['another chain', { chainId: 6 }, 'of chain 5, not 6'],
    ['another nonce', { nonce: 8 }, 'of nonce 7, not 8'],
    ['another context', { context: 'board' }, 'of context "council", not "board"'],
    ['another threshold', { threshold: 1 }, 'of threshold 2, not 1'],
    [
      'fewer signers',
      { signers: council.slice(1).map(({ publicKey }) => publicKey) },
      'is none of the signers',
    ],
    [
      'more signers',
      { signers: people.map(({ publicKey }) => publicKey) },
      `the signer ${hexOf(stranger)} is not`,
    ],
  ])('does not hold for %s', (_, more, reason) => {
    expect(judge(signedBy(council[0], council[2]), terms(more))).toContain(reason)
  })

  it('does not hold for another payload', () => {
    expect(judge(signedBy(...council), terms(), [utf8('raise the limits')])).toBe('of another payload')
  })

  it('replayed with its terms rewritten, does not hold: they are signed', () => {
    for (const [member, value, wanted] of [
      ['chain_id', 6, { chainId: 6 }],
      ['nonce', 8, { nonce: 8 }],
      ['context', 'board', { context: 'board' }],
      ['threshold', 1, { threshold: 1 }],
    ] as const) {
      const rewritten = changed((json) => {
        json[member] = value
      })
      expect(judge(rewritten, terms(wanted))).toMatch(
        /^the signature of \w{64}: not of this payload and terms$/,
      )
    }
  })

  it.each<[string, (json: Plain) => void, string]>([
    ['a duplicate', (json) => json.signatures.push(json.signatures[1]), 'm: signatures[2]: a duplicate'],
    ['the wrong order', (json) => json.signatures.reverse(), 'm: signatures[1]: in the wrong order'],
    [
      'an unlisted signer',
      (json) => {
        json.signatures[1].signer = hexOf(stranger)
      },
      `m: signatures[1]: ${hexOf(stranger)} is none of the signers`,
    ],
    ['signers in the wrong order', (json) => json.signers.reverse(), 'm: signers[1]: in the wrong order'],
    ['a signer twice', (json) => json.signers.push(json.signers[2]), 'm: signers[3]: a duplicate'],
    [
      'a signer of small order',
      (json) => {
        json.signers[0] = `01${'00'.repeat(31)}`
      },
      'm: signers[0]: the key is a point of small order',
    ],
    [
      'a threshold that cannot be reached',
      (json) => {
        json.threshold = 4
      },
      'm: threshold: not from 1 to 3',
    ],
    [
      'no threshold',
      (json) => {
        json.threshold = 0
      },
      'm: threshold: not from 1 to 3',
    ],
    [
      'hex in capitals',
      (json) => {
        json.payload = json.payload.toUpperCase()
      },
      'm: payload: not 64 digits of lower-case hex',
    ],
    [
      'another format',
      (json) => {
        json.format = 'zsig-multi/2'
      },
      'm: format: not "zsig-multi/1"',
    ],
  ])('is refused with %s', (_, change, message) => {
    expect(() => read(changed(change))).toThrow(message)
  })

  it('takes a signature of none but its signers, once each, and over its payload', () => {
    const multi = startMulti(terms(), PAYLOAD)
    const once = addSignature(multi, council[0], PAYLOAD)
    for (const [add, message] of [
      [() => addSignature(multi, stranger, PAYLOAD), `${hexOf(stranger)} is none of its signers`],
      [() => addSignature(once, council[0], PAYLOAD), `${hexOf(council[0])} has signed it`],
      [() => addSignature(once, council[1], [utf8('other')]), 'is of another payload'],
      [
        () => addSignature({ ...once, terms: terms({ nonce: 8 }) }, council[1], PAYLOAD),
        'not of this payload and terms',
      ],
    ] as const)
      expect(add).toThrow(message)
  })

  it('has its signatures moved between signers refused', () => {
    const swapped = changed((json) => {
      const [a, b] = json.signatures
      ;[a.signature, b.signature] = [b.signature, a.signature]
    })
    expect(judge(swapped)).toMatch(/not of this payload and terms/)
  })
})
