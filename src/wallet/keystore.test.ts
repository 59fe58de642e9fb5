import { describe, expect, it } from 'vitest'
import {
  type Argon2Costs,
  deriveSealingKey,
  isKeystore,
  keystoreToJson,
  openKeystore,
  readKeystore,
  sealKeystore,
} from './keystore.ts'

const SEED = Uint8Array.from({ length: 32 }, (_, i) => i)
const CHEAP: Argon2Costs = { memoryKib: 19_456, passes: 2 }
const utf8 = (text: string) => new TextEncoder().encode(text)
const json = keystoreToJson(sealKeystore(SEED, 'pässword', CHEAP))
const sealingKey = deriveSealingKey(readKeystore(utf8(json), 'k'), 'pässword')
const read = (text: string) => readKeystore(utf8(text), 'k')
const open = (text: string) => openKeystore(read(text), sealingKey, 'k')

describe('a keystore', () => {
  it('opens by its passphrase, however that is composed, and by no other', () => {
    expect(isKeystore(utf8(json))).toBe(true)
    expect(openKeystore(read(json), deriveSealingKey(read(json), 'pa\u0308ssword'), 'k')).toEqual(SEED)
    const wrong = deriveSealingKey(read(json), 'password')
    expect(() => openKeystore(read(json), wrong, 'k')).toThrow('k: does not open: the passphrase is wrong')
  })

  it('is sealed anew each time, and shows nothing of the key', () => {
    expect(keystoreToJson(sealKeystore(SEED, 'pässword', CHEAP))).not.toBe(json)
    expect(json).not.toContain(Buffer.from(SEED).toString('base64').slice(0, 8))
    expect(keystoreToJson(read(json))).toBe(json)
  })

  it('does not open with a character changed, if it can be read at all', () => {
    const plain = JSON.stringify(JSON.parse(json))
    for (let at = 0; at < plain.length; at++) {
      const char = plain[at] === '1' ? '2' : '1'
      const changed = plain.slice(0, at) + char + plain.slice(at + 1)
      expect(() => open(changed)).toThrow(/^k: /)
    }
    expect(open(plain)).toEqual(SEED)
  })

  it.each([
    [{ memory_kib: 2 ** 18 + 1 }, 'kdf.memory_kib: not a whole number from 19456 to 262144'],
    [{ memory_kib: 2 ** 31 }, 'kdf.memory_kib: not a whole number'],
    [{ passes: 1e9 }, 'kdf.passes: not a whole number'],
    [{ memory_kib: 2 ** 18, passes: 5 }, 'kdf: memory_kib times passes is not within 38912 and 1048576'],
    [{ passes: 1, memory_kib: 19_456 }, 'kdf: memory_kib times passes'],
    [{ lanes: 4 }, 'kdf.lanes: not 1'],
    [{ name: 'pbkdf2' }, 'kdf.name: not "argon2id"'],
    [{ salt: 'AAAA' }, 'kdf.salt: not 16 bytes of base64'],
  ])('that asks for %o is refused before anything is spent', (more, message) => {
    const { kdf, ...rest } = JSON.parse(json)
    const costly = JSON.stringify({ ...rest, kdf: { ...kdf, ...more } })
    expect(() => read(costly)).toThrow(message)
  })

  it('takes no empty or endless passphrase', () => {
    expect(() => sealKeystore(SEED, '')).toThrow('passphrase: empty')
    expect(() => sealKeystore(SEED, 'x'.repeat(1025))).toThrow('passphrase: longer than 1024 bytes')
  })
})
