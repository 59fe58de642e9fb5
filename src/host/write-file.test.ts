import { spawn, spawnSync } from 'node:child_process'
import {
  lstatSync,
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
import { checkWritable, GrowingFile, writeAtomically } from './write-file.ts'

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

  it('replaces what a link leads to, and not the link', () => {
    const at = folder()
    writeFileSync(join(at, 'real'), 'old')
    symlinkSync('real', join(at, 'link'))
    symlinkSync('absent', join(at, 'dangling'))
    for (const name of ['link', 'dangling']) writeAtomically(join(at, name), name)
    const read = (name: string) => readFileSync(join(at, name), 'utf8')
    expect(['real', 'link', 'dangling'].map(read)).toEqual(['link', 'link', 'dangling'])
    expect(lstatSync(join(at, 'link')).isSymbolicLink()).toBe(true)
    symlinkSync('loop', join(at, 'loop'))
    expect(() => writeAtomically(join(at, 'loop'), 'new')).toThrow('loop: too many symbolic links')
  })

  it('writes to a pipe or a device as it stands, and puts no file in its place', async () => {
    const at = folder()
    const pipe = join(at, 'pipe')
    expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
    const reader = spawn('cat', [pipe])
    let read = ''
    reader.stdout.on('data', (text) => {
      read += text
    })
    checkWritable(pipe)
    writeAtomically(pipe, 'through')
    await new Promise((resolve) => reader.on('close', resolve))
    expect(read).toBe('through')
    const link = join(at, 'null')
    symlinkSync('/dev/null', link)
    for (const path of [link, '/dev/null']) {
      checkWritable(path)
      new GrowingFile(path).discard()
      writeAtomically(path, 'nothing')
    }
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true)
    expect(lstatSync(pipe).isFIFO()).toBe(true)
    expect(readdirSync(at).sort()).toEqual(['null', 'pipe'])
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
