/** The stepper as a user starts it: in a pipe, instruction by instruction, and on the whole of a real terminal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { COUNTING_PLUGIN } from '../../scripts/lib/counting-plugin.ts'
import { runZvm as zvm } from '../../scripts/lib/run-zvm.ts'
import { hasTmux, Tmux, tmuxTitle } from '../../scripts/lib/tmux.ts'
import { openGiven } from './stepper/opened.ts'
import { Stepper } from './stepper/stepper.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-step-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

function file(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const BUNDLE = 'fixtures/bundles/erc20-transfers.json'
const word = (value: number) => value.toString(16).padStart(64, '0')

/** 42 into slot 0, then memory. */
const CODE = '602a5f5560aa602052'
/** Reverts with Error("\x1b[2J\x1b]0;pwned\x07"). */
const ESCAPING = (() => {
  const text = Buffer.from('\u001b[2J\u001b]0;pwned\u0007')
  const data = `08c379a0${word(32)}${word(text.length)}${text.toString('hex').padEnd(64, '0')}`
  return `6064600c5f3960645ffd${'0000'}${data}`
})()

/** Returns what two calls of it give. */
const COUNTING_CODE = `.target zvm
.capability count
PUSH 32 PUSH 0 PUSH 1 PUSH 0 SYSCALL 0x100 POP
PUSH 32 PUSH 32 PUSH 1 PUSH 0 SYSCALL 0x100 POP
PUSH 64 PUSH 0 RETURN
`

describe('lines from a pipe', () => {
  const rows: [args: string[], commands: string, code: number, stdout: RegExp, stderr: RegExp][] = [
    [[CODE], '', 0, /^0: 0x0000 PUSH1 0x2a +gas 10000000000 \(used 0\) depth 1\n$/, /^$/],
    [[CODE], 'step 2\nback', 0, /2: 0x0003 SSTORE.*\n1: 0x0002 PUSH0.*\n$/, /^$/],
    [[CODE], 'until op SSTORE\npeek', 0, /2: 0x0003 SSTORE.*\nSSTORE costs 22100\n$/, /^$/],
    [
      [CODE],
      'break write 0\ncontinue\nstack',
      0,
      /at breakpoint write 0\n2: .*\n {2}0 0x0\n {2}1 0x2a\n$/,
      /^$/,
    ],
    [
      [CODE],
      'until gas 100\nstorage',
      0,
      /3: 0x0004.*\n0x0{24}7265636569766572\n \[0x0\] 0x0 -> 0x2a\n$/,
      /^$/,
    ],
    [[CODE], 'until pc 6\nback-until op PUSH0', 0, /\n4: 0x0006.*\n1: 0x0002 PUSH0.*\n$/, /^$/],
    [[CODE], 'goto end\nback\nmemory', 0, /7: ended: Stop, gas used 22120, output 0x\n6: 0x0009/, /^$/],
    [[CODE], 'search aa', 0, /\n3: 0x0004 PUSH1 0xaa/, /^$/],
    [
      [CODE, '--break', 'op MSTORE'],
      'c\nlist 3',
      0,
      /at breakpoint op MSTORE\n5: .*\n.*\n>.0008 MSTORE/,
      /^$/,
    ],
    [['fe'], 'continue', 0, /1: ended: invalid opcode, gas used/, /^$/],
    [[CODE], 'quit\nnonsense', 0, /^0: .*\n$/, /^$/],
    [['60075f5d00'], 'step 3\nstorage\nback\nstorage', 0, / transient \[0x0\] 0x7\n2: .*\n$/, /^$/],
    [[CODE], 'break constructor 1', 3, /^0: .*\n$/, /^zvm: break constructor 1|not one of: op NAME/],
    [[CODE], 'nonsense', 3, /^0: .*\n$/, /^zvm: unknown command nonsense; help lists them\n$/],
    [[CODE], 'break op NOPE', 3, /./, /break|no instruction NOPE in the table Osaka/],
    [[CODE], 'goto 1e99', 3, /./, /goto: .*not an unsigned integer/],
    [['nothing.zvm'], '', 11, /^$/, /nothing.zvm/],
    [[CODE, '--instruction'], '', 3, /^$/, /--instruction: needs --session/],
    [['--table', 'zvm', '1107110d3011008111201100a8'], 'c', 0, /ended: Return, .*output 0x0{62}14\n$/, /^$/],
    [[BUNDLE, '--transaction', '1'], 'calls', 0, /1 CALL 0x5fbd.* transfer\(to: 0x7099/, /^$/],
    [[BUNDLE, '--transaction', '99'], '', 3, /^$/, /--transaction: .* counted from 0/],
    [['package.json'], '', 10, /^$/, /package.json: neither a bundle, a session, nor an artifact/],
  ]
  it.each(rows)('%j %j', async (args, commands, code, stdout, stderr) => {
    const ended = await zvm(['step', ...args], commands)
    expect(ended.stderr).toMatch(stderr)
    expect(ended.stdout).toMatch(stdout)
    expect(ended.code).toBe(code)
  })

  it('is JSON where that is asked for', async () => {
    const { stdout } = await zvm(['step', CODE, '--json'], 'goto 3\n')
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(first.transient).toEqual([])
    expect([first.position, second.position, second.gasUsed, second.length]).toEqual([0, 3, '0x5659', 7])
    expect(second.changes).toMatchObject([{ key: '0x0', before: '0x0', after: '0x2a' }])
  })

  it('answers system calls as run does, and each of them once, however often it goes over it', async () => {
    const plugin = file('count.mjs', COUNTING_PLUGIN)
    const code = file('count.zasm', COUNTING_CODE)
    const args = ['step', code, '--table', 'zvm', '--plugin', plugin]
    const {
      stdout,
      stderr,
      code: exit,
    } = await zvm(
      [...args, '--allow', 'count'],
      'goto end\nback 3\ngoto end\nback-until op SYSCALL\nover\nbreak op RETURN\nc\nc\n',
    )
    expect([stderr, exit]).toEqual(['', 0])
    expect(stdout.match(/output 0x\w+/g)).toEqual(Array(3).fill(`output 0x${word(7)}${word(8)}`))
    const denied = await zvm(args, 'c')
    expect(denied.stdout).toContain('capability denied: count: the host does not grant it (--allow)')
    for (const more of [['--session', join(folder, 'no.json')], []])
      expect(await zvm(['step', more.length > 0 ? CODE : BUNDLE, ...more, '--allow', 'clock'])).toMatchObject(
        {
          code: 3,
          stderr: expect.stringContaining('holds no answers of system calls'),
        },
      )
    const [record, container] = [join(folder, 'count.json'), join(folder, 'count.zvm')]
    await zvm(['asm', code, '-o', container])
    await zvm(['run', container, '--plugin', plugin, '--allow', 'count', '--record', record])
    expect((await zvm(['step', container, '--replay', record], 'c')).stdout).toContain(
      `0x${word(7)}${word(8)}`,
    )
  })

  it('can be stopped on its way back', async () => {
    const stepper = new Stepper(await openGiven({ code: '5b5f56', input: '', gas: '100000000' }), null)
    await stepper.execute('goto 900000')
    const back = stepper.execute('back-until pc 99')
    stepper.isInterrupted = true
    await back
    expect(stepper.debug.position).toBeGreaterThan(400_000)
    expect(stepper.debug.position).toBeLessThan(900_000)
    await stepper.execute('back-until pc 99')
    expect(stepper.debug.position).toBe(0)
  })

  it('lets nothing through that a terminal obeys', async () => {
    const { stdout } = await zvm(['step', ESCAPING], 'continue\n')
    expect(stdout).toMatch(/execution reverted: \\u\{1b\}\[2J\\u\{1b\}\]0;pwned\\u\{7\}/)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })

  it('goes instruction by instruction through a session, as far as it is', async () => {
    const session = join(folder, 'session.json')
    const first = await zvm(['step', CODE, '--session', session, '--instruction', '--json'])
    const states = [JSON.parse(first.stdout)]
    while (!states[states.length - 1].ended) {
      const { stdout, code } = await zvm(['step', '--session', session, '--instruction', '--json'])
      expect(code).toBe(0)
      states.push(JSON.parse(stdout))
    }
    expect(states.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(states.map(({ executed }) => executed.opName)).toEqual([
      'PUSH1',
      'PUSH0',
      'SSTORE',
      'PUSH1',
      'PUSH1',
      'MSTORE',
      'STOP',
    ])
    const { stdout } = await zvm(['step', '--session', session], 'back 5\nsave\n')
    expect(stdout).toContain(`saved to ${session}`)
    expect(JSON.parse(readFileSync(session, 'utf8')).position).toBe(2)
  })

  it('refuses a session that is broken, and leaves it as it is', async () => {
    const good = JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8'))
    for (const change of [
      { position: -1 },
      { table: 'none' },
      { message: {} },
      { pre: { x: 1 } },
      { more: 1 },
    ]) {
      const path = file('broken.json', { ...good, ...change })
      const before = readFileSync(path, 'utf8')
      const { code, stderr } = await zvm(['step', '--session', path, '--instruction'])
      expect([code, stderr.startsWith(`zvm: ${path}`)]).toEqual([10, true])
      expect(readFileSync(path, 'utf8')).toBe(before)
    }
  })
})

describe('source lines', () => {
  const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
contract Counter {
    uint256 count;
    function add(uint256 amount) external returns (uint256) {
        require(amount > 0, "nothing");
        count += amount;
        return count;
    }
}
`

  it('are those of the compiler', async () => {
    const solc = createRequire(import.meta.url)('solc')
    const sources = { 'Counter.sol': { content: SOURCE } }
    const outputSelection = { '*': { '*': ['abi', 'evm.bytecode', 'evm.deployedBytecode'] } }
    const settings = { outputSelection, evmVersion: 'cancun' }
    const output = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })))
    const path = file('Counter.json', output)
    file('Counter.sol', SOURCE)
    const input = `0x1003e2d2${(5).toString(16).padStart(64, '0')}`
    const commands = 'until line 7\nstack\nbreak line Counter.sol:8\ncontinue\nstorage\nback-until line 7\n'
    const { stdout, stderr, code } = await zvm(['step', path, '--input', input], commands)
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toMatch(/Counter\.sol:7\n/)
    expect(stdout).toMatch(/at breakpoint line Counter\.sol:8\n.*Counter\.sol:8\n/)
    expect(stdout).toMatch(/\[0x0\] 0x0 -> 0x5/)
    expect(stdout.trim().split('\n').at(-1)).toMatch(/Counter\.sol:7$/)
  })
})

describe.skipIf(!hasTmux())(tmuxTitle, () => {
  /** Starts the stepper in a shell that tells how it ended, and how the terminal is then. */
  function stepper(args: string, nodeArgs = '', width?: number, height?: number): Tmux {
    const command = `echo BEFORE; node ${nodeArgs} ${BIN} step ${args}; echo "left $?"; stty -a | tr ';' '\\n' | grep icanon`
    return new Tmux(command, width, height)
  }

  it('steps forth and back at 80x24, and resizes', async () => {
    const tmux = stepper(`fixtures/assembly/counter.zvm --call 'add(u64)' --args 5`)
    try {
      const first = await tmux.until(/step 0\/35/)
      expect(first.split('\n').length).toBeLessThanOrEqual(25)
      expect(first).toMatch(/^> 0000 PUSH1 0x00/m)
      expect(first).toMatch(/add\(amount: 5\)/)
      tmux.keys('s', 's', 's', 's')
      const later = await tmux.until(/step 4\/35/)
      expect(later).toMatch(/0 0x4ff6381b/)
      tmux.keys('b')
      await tmux.until(/step 3\/35/)
      tmux.type('u')
      tmux.type('op SSTORE')
      tmux.keys('Enter')
      const atWrite = await tmux.until(/> \S+ SSTORE/)
      expect(atWrite).toMatch(/storage 0/)
      tmux.keys('s')
      await tmux.until(/\[storage 2\]/)
      tmux.resize(120, 40)
      const wide = await tmux.until(/^-- code .{100,}$/m)
      expect(wide).toMatch(/\[storage 2\]/)
      tmux.resize(30, 8)
      await tmux.until(/at least 40x12/)
      tmux.resize(80, 24)
      await tmux.until(/step 30\/35/)
      tmux.keys('?')
      await tmux.until(/any key goes back/)
      tmux.keys('x', 'q')
      const left = await tmux.until(/left 0/)
      expect(left).toMatch(/^BEFORE/)
      expect(left).not.toMatch(/SSTORE|step 30/)
      expect(await tmux.until(/icanon/)).toMatch(/(?<!-)icanon/)
    } finally {
      tmux.end()
    }
  })

  it('gives the terminal back on ctrl-c, a signal and a crash', async () => {
    const crash = file('crash.mjs', "process.stdin.once('data', () => { throw Error('boom') })")
    const ways: [nodeArgs: string, leave: (tmux: Tmux) => void, left: RegExp][] = [
      ['', (tmux) => tmux.keys('C-c'), /left 130/],
      ['', (tmux) => process.kill(tmux.child(), 'SIGTERM'), /left 143/],
      [`--import ${crash}`, (tmux) => tmux.keys('s'), /boom[\s\S]*left \d+/],
    ]
    for (const [nodeArgs, leave, left] of ways) {
      const tmux = stepper(CODE, nodeArgs)
      try {
        await tmux.until(/step 0\/7/)
        leave(tmux)
        const after = await tmux.until(left)
        expect(after).toMatch(/^BEFORE/)
        expect(await tmux.until(/icanon/)).toMatch(/(?<!-)icanon/)
      } finally {
        tmux.end()
      }
    }
  })

  it('stops what runs too long', async () => {
    const tmux = stepper(`5b5f56 --gas ${2n ** 60n}`)
    try {
      await tmux.until(/step 0\/0\+/)
      tmux.keys('c')
      await tmux.until(/running/)
      tmux.keys('C-c')
      await tmux.until(/step \d{5,}/)
      tmux.keys('q')
      await tmux.until(/left 0/)
    } finally {
      tmux.end()
    }
  })

  it('sends nothing of a contract to the terminal as it is', async () => {
    const abi = [{ type: 'function', name: 'f', inputs: [], outputs: [] }]
    const path = file('evil.json', {
      contractName: '\u001b]0;pwned\u0007',
      abi,
      deployedBytecode: `0x${ESCAPING}`,
    })
    const raw = join(folder, 'raw')
    const tmux = new Tmux(`sleep 1; node ${BIN} step ${path}`)
    try {
      tmux.record(raw)
      await tmux.until(/step 0/)
      tmux.keys('c')
      await tmux.until(/execution reverted/)
      tmux.keys('q')
      const sent = readFileSync(raw, 'utf8')
      expect(sent).toContain('\u001b[?1049h')
      expect(sent).toContain('\\u{1b}]0;pwned')
      expect(sent).not.toContain('\u001b]0;pwned')
    } finally {
      tmux.end()
    }
  })
})
