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
import { folderFiles } from './folder.ts'

const root = mkdtempSync(join(tmpdir(), 'zvm-folder-'))
afterAll(() => rmSync(root, { recursive: true }))
const data = join(root, 'data')
mkdirSync(join(data, 'sub'), { recursive: true })
mkdirSync(join(root, 'data-too'))
writeFileSync(join(data, 'a'), 'inside')
writeFileSync(join(root, 'secret'), 'outside')
writeFileSync(join(root, 'data-too', 'b'), 'outside')
symlinkSync(join(root, 'secret'), join(data, 'link'))
symlinkSync(root, join(data, 'up'))
symlinkSync('../data-too', join(data, 'near'))
symlinkSync('a', join(data, 'fine'))
symlinkSync('loop', join(data, 'loop'))

const read = (path: string) => {
  const bytes = folderFiles.read(data, path, 100)
  return bytes instanceof Uint8Array ? new TextDecoder().decode(bytes) : bytes
}

describe('a granted folder', () => {
  it.each([
    ['a', 'inside'],
    ['fine', 'inside'],
    ['none', null],
    ['a/b', null],
    ['sub', null],
    ['loop', null],
    ['link', 'escape'],
    ['up/secret', 'escape'],
    ['up/data/a', 'inside'],
    ['near/b', 'escape'],
  ])('is read: %s', (path, content) => {
    expect(read(path)).toBe(content)
  })

  it('is one that is there', () => {
    const faults = ['data', 'gone', 'secret'].map((name) => folderFiles.fault(join(root, name)))
    expect(faults).toEqual([null, 'no such file or directory', 'a file, not a folder'])
  })

  it('says what the system says without the path of the host', () => {
    const long = 'x'.repeat(300)
    expect(() => folderFiles.read(data, long, 100)).toThrow(`${long}: name too long`)
    expect(() => folderFiles.check(data, `${long}/x`)).toThrow(`${long}/x: name too long`)
    expect(() => folderFiles.read(join(root, 'gone'), '.', 100)).not.toThrow()
  })

  it('gives no file that is longer than is asked for', () => {
    expect(() => folderFiles.read(data, 'a', 3)).toThrow('a: longer than 3 bytes')
  })

  it.each([
    ['new', true],
    ['a', true],
    ['sub/new', true],
    ['none/new', null],
    ['sub', null],
    ['link', 'escape'],
    ['fine', 'escape'],
    ['up/new', 'escape'],
    ['near/new', 'escape'],
  ])('may be written: %s', (path, verdict) => {
    expect(folderFiles.check(data, path)).toBe(verdict)
  })

  const file = (path: string, text: string) => ({
    folder: data,
    path,
    content: new TextEncoder().encode(text),
  })

  it('is written whole, the last of a path, or not at all', () => {
    folderFiles.write([file('x', '1'), file('sub/y', '2'), file('x', '3')])
    expect([read('x'), read('sub/y')]).toEqual(['3', '2'])
    expect(() => folderFiles.write([file('x', '4'), file('link', '5')])).toThrow(
      'fs.write: link: no longer a place below',
    )
    expect(read('x')).toBe('3')
    expect(readFileSync(join(root, 'secret'), 'utf8')).toBe('outside')
    const parts = () => readdirSync(data).filter((name) => name.endsWith('.part'))
    expect(parts()).toEqual([])
    // What is called as ours is and was there before stays.
    const foreign = `x.${process.pid}.part`
    writeFileSync(join(data, foreign), 'foreign')
    expect(() => folderFiles.write([file('sub/y', '6'), file('x', '7')])).toThrow(
      'fs.write: file already exists',
    )
    expect([parts(), read(foreign), read('x'), read('sub/y')]).toEqual([[foreign], 'foreign', '3', '2'])
    rmSync(join(data, foreign))
  })
})
