import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../core/errors.ts'
import { GrowingFile, writeAtomically } from './write-file.ts'

const root = mkdtempSync(join(tmpdir(), 'zvm-write-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0

function folder(): string {
  const path = join(root, String(folders++))
  mkdirSync(path)
  return path
}

describe('a file written whole or not at all', () => {
  it('takes the place of what was there only when it is kept', () => {
    const path = join(folder(), 'out')
    writeAtomically(path, 'old')
    const file = new GrowingFile(path)
    file.write('ne')
    file.write(Uint8Array.of(0x77))
    expect(readFileSync(path, 'utf8')).toBe('old')
    file.keep()
    expect(readFileSync(path, 'utf8')).toBe('new')
    new GrowingFile(path).discard()
    expect(readdirSync(join(path, '..'))).toEqual(['out'])
  })

  it('neither follows a link nor writes over a file that stands where its part would be', () => {
    const at = folder()
    const path = join(at, 'out')
    const [link, left] = [`out.${process.pid}.part`, `out.${process.pid}.1.part`]
    writeFileSync(join(at, 'mine'), 'mine')
    symlinkSync(join(at, 'mine'), join(at, link))
    writeFileSync(join(at, left), 'left')
    writeAtomically(path, 'new')
    const read = (name: string) => readFileSync(join(at, name), 'utf8')
    expect(readdirSync(at).sort()).toEqual(['mine', 'out', left, link].sort())
    expect([read('mine'), read('out'), read(left)]).toEqual(['mine', 'new', 'left'])
  })

  it('names the path that cannot be written, and leaves nothing', () => {
    const at = folder()
    mkdirSync(join(at, 'out'))
    const fault = expect.objectContaining({ code: ERROR_CODES.io, message: expect.stringContaining('out: ') })
    expect(() => writeAtomically(join(at, 'out'), 'new')).toThrow(fault)
    expect(readdirSync(at)).toEqual(['out'])
    expect(() => writeAtomically(join(at, 'none', 'out'), 'new')).toThrow(fault)
  })
})
