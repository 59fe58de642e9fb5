/** Each folder of fixtures/examples: its command gives what it says, and its containers are what its texts assemble to. */
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'

const FOLDER = 'fixtures/examples'
const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'zvm-examples-'))
afterAll(() => rmSync(folder, { recursive: true }))

interface Example {
  readonly about: string
  readonly command: string
  readonly exit: number
  readonly stdout: string
}

beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const names = readdirSync(FOLDER)

function zvm(args: readonly string[], cwd: string) {
  return node([resolve(BIN), ...args], cwd)
}

async function node(args: readonly string[], cwd: string) {
  const { stdout, stderr, code } = await run(process.execPath, args, {
    cwd,
    encoding: 'buffer',
  }).then(
    (said) => ({ ...said, code: 0 }),
    (error: { stdout: Buffer; stderr: Buffer; code: number }) => error,
  )
  return { stdout, stderr: stderr.toString(), code }
}

describe('an example', () => {
  // Some start a dozen processes one after the other.
  it.each(names)('does what it says: %s', { timeout: 180_000 }, async (name) => {
    const path = join(FOLDER, name, 'example.json')
    const { about, command, exit, stdout } = JSON.parse(readFileSync(path, 'utf8')) as Example
    const [program, ...args] = command.split(' ')
    expect([['zvm', 'node'].includes(program), about.length > 10]).toEqual([true, true])
    const ended = await (program === 'zvm' ? zvm : node)(args, join(FOLDER, name))
    expect([ended.code, ended.stdout.toString(), ended.stderr]).toEqual([exit, stdout, ''])
  })

  const texts = names.flatMap((name) =>
    readdirSync(join(FOLDER, name))
      .filter((file) => file.endsWith('.zasm'))
      .map((file) => join(FOLDER, name, file)),
  )
  it.each(texts)('has the container of its text: %s', async (path) => {
    const container = path.replace(/\.zasm$/, '.zvm')
    expect(existsSync(container)).toBe(true)
    const copy = join(folder, 'copy.zvm')
    expect(await zvm(['asm', path, '-o', copy], '.')).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(copy).equals(readFileSync(container))).toBe(true)
  })
})

describe('the agent', () => {
  const agent = join(FOLDER, 'agent')
  it('may do nothing that it is not granted, and stops at its gas', async () => {
    const denied = await zvm(['run', 'agent.zvm', '--allow', 'clock'], agent)
    expect([denied.code, denied.stdout.toString()]).toEqual([
      1,
      '0x\n error: capability denied: fs.read: the host does not grant it (--allow)\n',
    ])
    const capped = await zvm(['run', 'agent.zvm', '--allow', 'clock,fs.read=inbox', '--gas', '5000'], agent)
    expect([capped.code, capped.stdout.toString()]).toEqual([1, '0x\n error: out of gas\n'])
  })
})

it('the plug-in of the example does the same where it is not trusted', async () => {
  const args = ['run', 'quote.zvm', '--untrusted-plugin', 'price.ts', '--allow', 'price']
  const { stdout } = JSON.parse(readFileSync(join(FOLDER, 'plugin/example.json'), 'utf8')) as Example
  expect((await zvm(args, join(FOLDER, 'plugin'))).stdout.toString()).toBe(stdout)
})
