import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ZvmError } from '../../../src/core/errors.ts'
import { hexToBytes } from '../../../src/core/hex.ts'
import { encodeContainer, readContainer } from '../../../src/runtime/container.ts'
import { type FormatFind, fuzzFormats } from './run.ts'
import { SUBJECTS, type Subject } from './subjects.ts'
import { WALLET } from './wallet.ts'

const FOLDER = 'fixtures/fuzz/formats'
const options = { first: 0, programs: 1500, seconds: 120, findLimit: 5 }

const names = Object.keys(SUBJECTS)

describe('a format', () => {
  it.each(names)('is refused or accepted as it should be, whatever is done to it: %s', async (name) => {
    // A signature takes milliseconds to verify.
    const wanted = name in WALLET ? 300 : options.programs
    const subjects = { [name]: SUBJECTS[name] }
    const { formats, finds, programs } = await fuzzFormats({
      ...options,
      programs: wanted,
      seed: 1,
      subjects,
    })
    expect(finds).toEqual([])
    expect(programs).toBe(wanted)
    // Each way is met often enough to say something.
    for (const { accepted, refused } of Object.values(formats))
      expect(Math.min(accepted, refused)).toBeGreaterThan(wanted / 10)
  })

  it('is the same for the same seed', async () => {
    const run = async (seed: number) => {
      const { formats } = await fuzzFormats({ ...options, programs: 40, seed })
      return Object.values(formats).map(({ accepted, refused }) => [accepted, refused])
    }
    expect(await run(3)).toEqual(await run(3))
  })

  const { container } = SUBJECTS
  it.each<[string, (input: Uint8Array) => string | null]>([
    ['a crash', () => JSON.parse('{')],
    [
      'a sound input that is refused',
      () => {
        throw new ZvmError('VALUE', 'no')
      },
    ],
    [
      'an input that is not written as it was read',
      (input) => {
        const { target, code } = readContainer(input, 'input')
        return Buffer.from(encodeContainer(target, code, new Uint8Array(0))).equals(input) ? null : 'differs'
      },
    ],
  ])('shows %s', async (_, accept) => {
    const subjects: Record<string, Subject> = { planted: { make: container.make, accept } }
    const { finds } = await fuzzFormats({ ...options, seed: 2, subjects })
    expect(finds.length).toBe(options.findLimit)
  })

  const kept = existsSync(FOLDER) ? readdirSync(FOLDER) : []
  it.each(kept)('takes the find %s', (name) => {
    const { format, input } = JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as FormatFind
    try {
      expect(SUBJECTS[format].accept(hexToBytes(input, name))).toBe(null)
    } catch (error) {
      if (!(error instanceof ZvmError)) throw error
    }
  })
})
