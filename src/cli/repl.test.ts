/** The REPL as a user starts it: with lines from a pipe, and in a real terminal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { COUNTING_PLUGIN } from '../../scripts/lib/counting-plugin.ts'
import { runZvm as zvm } from '../../scripts/lib/run-zvm.ts'
import { hasTmux, Tmux, tmuxTitle } from '../../scripts/lib/tmux.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-repl-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const COUNTER = 'fixtures/assembly/counter.zvm'
const word = (value: number) => value.toString(16).padStart(64, '0')

describe('lines from a pipe', () => {
  const rows: [args: string[], lines: string, code: number, stdout: RegExp, stderr: RegExp][] = [
    [[], 'PUSH 2 PUSH 3 ADD', 0, /^stack {6}0 0x5\ngas {6}9 used, 9 in all\n$/, /^$/],
    [[], 'push1 2\n0x600301', 0, /stack {6}0 0x5\ngas {6}6 used, 9 in all\n$/, /^$/],
    [['--table', 'zvm'], 'PUSH1 7 REGSET 3', 0, /^stack +r3 0x7\n/, /^$/],
    [
      [],
      'PUSH 9 PUSH 1 SSTORE\nPUSH 0 PUSH 0 RETURN\nPUSH 1 SLOAD',
      0,
      /ended, \d+ gas\nstack {6}0 0x9\n/,
      /^$/,
    ],
    [[], 'PUSH 9 PUSH 1 SSTORE\n:undo\nPUSH 1 SLOAD', 0, /undone\nstack {6}0 0x0\n/, /^$/],
    [[], 'PUSH 1\nPUSH 2\n:undo\n:list', 0, /undone\nstack {6}0 0x1\ngas .*\nPUSH 1\n$/, /^$/],
    [[], '{\nPUSH 3 again: JUMPDEST\nPUSH 1 SWAP1 SUB DUP1 @again JUMPI\n}', 0, /^stack {6}0 0x0\n/, /^$/],
    [[], 'PUSH 1 \\\nPUSH 2 ADD', 0, /^stack {6}0 0x3\n/, /^$/],
    [[], '.macro two\nPUSH 2\n.endm\ntwo two ADD', 0, /stack {6}0 0x4\n/, /^$/],
    [[], 'PUSH 5 PUSH 0 MSTORE\n:show memory', 0, /0010 00000000 00000000 00000000 00000005 /, /^$/],
    [[], ':set storage self 4 0x2a\nPUSH 4 SLOAD', 0, /stack {6}0 0x2a\n/, /^$/],
    [[], 'PUSH 7 PUSH 1 TSTORE', 0, /^storage {2}0x0{36}c0de\n {10}transient \[0x1\] 0x7\ngas/, /^$/],
    [[], 'PUSH 7 PUSH 1 TSTORE\nPUSH0 PUSH 1 TSTORE', 0, /0x7\n.*\nstorage {2}empty\n/, /^$/],
    [[], 'PUSH 7 PUSH 1 TSTORE\nPUSH0 PUSH0 RETURN', 0, /0x7\ngas.*\nstorage {2}empty\nended, /, /^$/],
    [[], ':constructor', 3, /^$/, /^zvm: unknown command :constructor; /],
    [[], 'PUSH 1\n:show constructor', 3, /./, /^zvm: show: none of stack, /],
    [[], ':show nothing', 3, /^$/, /^zvm: show: none of stack, /],
    [[], ':set constructor 5', 3, /^$/, /^zvm: set: constructor is nothing that can be set; :help tells\n$/],
    [[], ':set foo 5', 3, /^$/, /^zvm: set: foo is nothing that can be set; :help tells\n$/],
    [[], ':back x', 10, /^$/, /^zvm: back: not an unsigned integer/],
    [[], ':set block.number 77\n:set value 3\nNUMBER CALLVALUE', 0, /0 0x3\n.*1 0x4d\n/, /^$/],
    [[], 'PUSH 0 PUSH 0 REVERT', 1, /^failed: execution reverted, \d+ gas\n$/, /^$/],
    [[], 'NOPE', 10, /^$/, /^zvm: program:1:1: no instruction NOPE in the table Osaka\n/],
    [[], ':nope', 3, /^$/, /^zvm: unknown command :nope/],
    [[], ':undo', 3, /^$/, /there is nothing to take back/],
    [[], ':set balance 1 1', 10, /^$/, /balance: "1": not an address|not an address of 20 bytes/],
    [[], `:load ${COUNTER}`, 3, /^$/, /its target is zvm; :table zvm first/],
    [
      ['--table', 'zvm'],
      `:load ${COUNTER} c\n:call c.add(5)\n:call c.add(2)\n:call c.get(0x${'0'.repeat(28)}73656e646572)`,
      0,
      /= 5\n[\s\S]*= 7\n[\s\S]*= 7\n$/,
      /^$/,
    ],
    [
      ['--table', 'zvm', '--load', COUNTER],
      ':call counter.add(5)\n:back 4\n:show calls',
      0,
      /at 31 of 35\n[\s\S]*add\(amount: 5\)/,
      /^$/,
    ],
    [[], ':deploy 600160005360016000f3 one\n:contracts', 0, /ended[\s\S]*one at 0x[0-9a-f]{40}\n$/, /^$/],
    [[], ':quit\nNOPE', 0, /^$/, /^$/],
  ]
  it.each(rows)('%j %j', async (args, lines, code, stdout, stderr) => {
    const ended = await zvm(['repl', ...args], lines)
    expect(ended.stderr).toMatch(stderr)
    expect(ended.stdout).toMatch(stdout)
    expect(ended.code).toBe(code)
  })

  it('is JSON where that is asked for', async () => {
    const { stdout } = await zvm(['repl', '--json'], 'PUSH 2\nPUSH 3\n')
    const states = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(states.map(({ stack }) => stack)).toEqual([['0x2'], ['0x2', '0x3']])
  })

  it('keeps a session as assembly that gives the same, and as a bundle that replays and steps', async () => {
    const [text, bundle] = [join(folder, 'p.zasm'), join(folder, 'p.json')]
    const lines = `PUSH 42 PUSH 1 SSTORE\nPUSH 1 SLOAD PUSH 0 MSTORE\n:save ${text}\nPUSH 32 PUSH 0 RETURN\n:save ${bundle}\n`
    expect(await zvm(['repl'], lines)).toMatchObject({ code: 0, stderr: '' })
    expect(readFileSync(text, 'utf8')).toBe(
      '.target evm\nPUSH 42 PUSH 1 SSTORE\nPUSH 1 SLOAD PUSH 0 MSTORE\n',
    )
    expect((await zvm(['asm', text])).stdout).toBe('0x602a6001556001545f52\n')
    const replayed = await zvm(['replay', bundle])
    expect(replayed.stdout).toMatch(/success.*agrees in 4 values/)
    expect((await zvm(['step', bundle], 'goto end\n')).stdout).toContain(`output 0x${word(42)}`)
  })

  it('keeps native calls as a bundle, too', async () => {
    const bundle = join(folder, 'native.json')
    const lines = `:load ${COUNTER} c\n:call c.add(5)\n:call c.add(2)\n:save ${bundle}\n`
    expect(await zvm(['repl', '--table', 'zvm'], lines)).toMatchObject({ code: 0, stderr: '' })
    expect((await zvm(['replay', bundle])).stdout).toMatch(/2 transactions of 1 bundle replayed: all agree/)
  })

  it('answers system calls, each of them once for all lines of a program', async () => {
    const plugin = join(folder, 'count.mjs')
    writeFileSync(plugin, COUNTING_PLUGIN)
    const call = 'PUSH 32 PUSH 0 PUSH 0 PUSH 0 SYSCALL 0x100 POP PUSH 0 MLOAD'
    const args = ['repl', '--table', 'zvm', '--plugin', plugin]
    const { stdout, stderr } = await zvm(
      [...args, '--allow', 'count'],
      `${call}\nPUSH 1\n:undo\n${call}\nPUSH 32 PUSH 0 RETURN\n${call}\n:save ${join(folder, 'no.json')}`,
    )
    expect(stdout.match(/0x[0-9a-f]+$/gm)?.filter((text) => text.length < 5)).toEqual([
      '0x7',
      '0x1',
      '0x7',
      '0x7',
      '0x8',
      '0x7',
      '0x9',
    ])
    expect(stdout).toContain(`output 0x${word(8)}`)
    expect(stderr).toMatch(/^zvm: save: a bundle holds no answers of system calls/)
    expect((await zvm(args, call)).stdout).toMatch(
      /^failed: capability denied: count: the host does not grant it/,
    )
  })

  it('lets nothing through that a terminal obeys', async () => {
    const abi = [{ type: 'function', name: 'f', inputs: [], outputs: [] }]
    const path = join(folder, 'evil.json')
    const code = `6064600c5f3960645ffd0000`
    const text = Buffer.from('\u001b[2J').toString('hex').padEnd(64, '0')
    const deployedBytecode = `0x${code}08c379a0${word(32)}${word(4)}${text}`
    writeFileSync(path, JSON.stringify({ contractName: '\u001b[2J', abi, deployedBytecode }))
    const { stdout, stderr } = await zvm(['repl'], `:load ${path} evil\n:call evil.f()\n:table \u001b[2J\n`)
    expect(stdout).toContain('reason   \\u{1b}[2J')
    expect(stdout + stderr).not.toContain('\u001b')
  })
})

describe.skipIf(!hasTmux())(tmuxTitle, () => {
  function repl(args = ''): Tmux {
    return new Tmux(`node ${BIN} repl --history ${join(folder, 'history')} ${args}; echo "left $?"`)
  }

  it('shows what lines do, completes, remembers, and cancels', async () => {
    const tmux = repl()
    try {
      await tmux.until(/^Osaka>/m)
      tmux.type('PUSH 2 PUSH 3 ADD')
      tmux.keys('Enter')
      await tmux.until(/stack {6}0 0x5/)
      tmux.type('sstor')
      tmux.keys('Tab')
      await tmux.until(/> sstore/)
      tmux.keys('C-c')
      await tmux.until(/\^C\nOsaka>/)
      tmux.type(':contr')
      tmux.keys('Tab')
      await tmux.until(/> :contracts/)
      tmux.keys('Enter', 'Up', 'Up')
      await tmux.until(/> PUSH 2 PUSH 3 ADD\s*$/)
      tmux.keys('C-c')
      tmux.type('{')
      tmux.keys('Enter')
      await tmux.until(/^\.\.\.>/m)
      tmux.keys('C-c')
      tmux.type(`:set gas ${2n ** 60n}`)
      tmux.keys('Enter')
      tmux.type('again: JUMPDEST @again JUMP')
      tmux.keys('Enter')
      await new Promise((resolve) => setTimeout(resolve, 1000))
      tmux.keys('C-c')
      await tmux.until(/cancelled; nothing has changed/)
      tmux.type(':list')
      tmux.keys('Enter')
      await tmux.until(/:list\nPUSH 2 PUSH 3 ADD\n/)
      tmux.type('NOPE')
      tmux.keys('Enter')
      await tmux.until(/no instruction NOPE/)
      tmux.type(':quit')
      tmux.keys('Enter')
      await tmux.until(/left 0/)
    } finally {
      tmux.end()
    }
    expect(readFileSync(join(folder, 'history'), 'utf8')).toContain('PUSH 2 PUSH 3 ADD\n')
  })

  it('leaves at ctrl-d', async () => {
    const tmux = repl('--table zvm')
    try {
      await tmux.until(/^zvm>/m)
      tmux.keys('C-d')
      await tmux.until(/left 0/)
    } finally {
      tmux.end()
    }
  })
})
