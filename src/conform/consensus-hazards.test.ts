/**
 * What JavaScript does to engines, as far as single transactions go. Native recursion is in core/stack-depth.test.ts,
 * long decimals in core/hex.test.ts.
 */
import { describe, expect, it } from 'vitest'
import { osaka } from '../../opcodes/forks.ts'
import { readAlloc } from '../chain/genesis.ts'
import { parseJson } from '../core/json.ts'
import type { Tracer } from '../core/tracer.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import {
  type Accounts,
  accountsOf,
  asm,
  callOf,
  driverOf,
  play,
  push,
  SELF,
  SENDER,
  sourceOf,
  submit,
  type TransactionScene,
} from './harness.ts'
import { runStateTests } from './state-tests.ts'

describe('memory', () => {
  it('four gigabytes are not taken because somebody asks for them', () => {
    const before = process.memoryUsage().arrayBuffers
    for (const gas of [1_000_000n, (1n << 64n) - 1n])
      for (const end of [2 ** 32, 2 ** 33, 2 ** 40]) play({ gas, code: asm(push(1), push(end), 'MSTORE') })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20)
  })
})

describe('long exponents', () => {
  const operands = (size: number, exponent: number) => {
    const input = new Uint8Array(96 + 2 * size + exponent).fill(0xff)
    const view = new DataView(input.buffer)
    input.fill(0, 0, 96)
    view.setUint32(28, size)
    view.setUint32(60, exponent)
    view.setUint32(92, size)
    return input
  }
  const run = (input: Uint8Array, fork: string, gas: number) => {
    const code = asm(
      ['CALLDATASIZE', push(0), push(0), 'CALLDATACOPY'],
      [push(0), push(0), 'CALLDATASIZE', push(0), push(0), push(5), push(gas), 'CALL'],
    )
    const begun = performance.now()
    const { stack } = play({ fork, code, input, gas: 1n << 40n })
    return { paid: stack[0] === 1n, ms: performance.now() - begun }
  }

  it('MODEXP of 8,192 bits is charged before it is begun', () => {
    // 1,024 bytes of exponent cost 2 · 128² · (16 · 992 + 255) gas by EIP-7883.
    expect(run(operands(1024, 1024), 'Osaka', 528_449_535)).toMatchObject({ paid: false })
    expect(run(operands(1024, 1024), 'Osaka', 16_777_216).ms).toBeLessThan(1500)
  })

  it('what a block can pay for is done within seconds', () => {
    // 30 million gas at the price of EIP-2565: 640 bytes of exponent by 8,192 bits.
    expect(run(operands(1024, 640), 'Prague', 30_000_000)).toMatchObject({ paid: true })
    expect(run(operands(1024, 640), 'Prague', 30_000_000).ms).toBeLessThan(15_000)
  })
})

describe('JSON', () => {
  const read = (text: string) => readAlloc(parseJson(text, 'alloc.json'), 'pre', new MemorySource())

  it('a key __proto__ is a wrong address or slot, and no prototype', () => {
    const address = '0x' + '11'.repeat(20)
    expect(() => read('{"__proto__":{"balance":"0x1"}}')).toThrow('pre.__proto__: not an address of 20 bytes')
    expect(() => read(`{"${address}":{"storage":{"__proto__":"0x1"}}}`)).toThrow('__proto__')
    expect(() => read(`{"constructor":{}}`)).toThrow('not an address')
    // What only the prototype has is not there.
    expect(read(`{"${address}":{"__proto__":{"balance":"0x5"}}}`).account(BigInt(address))?.balance).toBe(0n)
    expect(({} as Record<string, unknown>).balance).toBe(undefined)
  })

  it('a state test cannot bring its fields by a prototype', () => {
    const file = parseJson('{"t":{"__proto__":{"pre":{},"post":{},"env":{},"transaction":{}}}}', 'file.json')
    expect([...runStateTests(file, 'file.json', () => osaka, nodeCrypto, 'reference')]).toMatchObject([
      { outcome: 'failed', reason: expect.stringContaining('file.json: t.post: not an object') },
    ])
  })
})

describe('hooks', () => {
  const OTHER = 0x07e4n
  const accounts: Accounts = [
    [
      SELF,
      {
        code: asm(
          [push(1), push(0), 'SSTORE', push(0), push(0), 'LOG0'],
          callOf('CALL', 50_000, OTHER, 3, 0, 0, 0, 0),
          callOf('CREATE', 1, 0, 0),
        ),
        balance: 9n,
      },
    ],
    [
      OTHER,
      { code: asm(push(2), push(5), 'SSTORE', push(7), push(1), 'TSTORE', push(SENDER), 'SELFDESTRUCT') },
    ],
  ]
  const scene: TransactionScene = { fork: 'Shanghai', accounts }

  /** Throws at its n-th event, if it comes to that. */
  const bomb = (at: number): Tracer => {
    let events = 0
    const tick = () => {
      if (events++ === at) throw new Error('hook')
    }
    return { step: tick, stepEnd: tick, enter: tick, exit: tick }
  }

  it('a tracer that throws leaves state and driver fit for the next transaction', () => {
    const plainSource = sourceOf(accountsOf(scene))
    const plain = driverOf(scene, plainSource)
    const expected = submit(plain.driver, plain.state, scene)
    plainSource.apply(plain.state.changes())
    let at = 0
    for (; ; at++) {
      const source = sourceOf(accountsOf(scene))
      const { driver, state } = driverOf(scene, source)
      driver.tracer = bomb(at)
      try {
        submit(driver, state, scene)
        break
      } catch (error) {
        expect((error as Error).message).toBe('hook')
      }
      driver.tracer = null
      expect(submit(driver, state, scene)).toEqual(expected)
      source.apply(state.changes())
      expect(source.root(merklePatricia)).toEqual(plainSource.root(merklePatricia))
    }
    expect(at).toBeGreaterThan(50)
  })

  it('nor does a source or a primitive that throws', () => {
    const image = sourceOf(accountsOf(scene))
    const broken = Object.assign(Object.create(image) as MemorySource, {
      account: (address: bigint) => {
        if (address === OTHER) throw new Error('disk')
        return image.account(address)
      },
    })
    const { driver, state } = driverOf(scene, broken)
    expect(() => submit(driver, state, scene)).toThrow('disk')
    broken.account = (address) => image.account(address)
    const { driver: other, state: fresh } = driverOf(scene, sourceOf(accountsOf(scene)))
    expect(submit(driver, state, scene)).toEqual(submit(other, fresh, scene))
  })
})

it('what a transaction hands out is its own: later ones do not write to it', () => {
  const code = asm(
    'CALLDATASIZE',
    push(0),
    push(0),
    'CALLDATACOPY',
    ['CALLDATASIZE', push(0), 'LOG0'],
    'CALLDATASIZE',
    push(0),
    'RETURN',
  )
  const scene: TransactionScene = { accounts: [[SELF, { code }]] }
  const { driver, state } = driverOf(scene, sourceOf(accountsOf(scene)))
  const run = (nonce: bigint, byte: number) => {
    const result = submit(driver, state, { ...scene, tx: { nonce, data: new Uint8Array(40).fill(byte) } })
    if (!('status' in result)) throw new Error(result.message)
    return result
  }
  const first = run(0n, 0xaa)
  const second = run(1n, 0xbb)
  for (const [result, byte] of [
    [first, 0xaa],
    [second, 0xbb],
  ] as const) {
    const expected = new Uint8Array(40).fill(byte)
    expect([result.output, result.logs[0].data, result.logs.length]).toEqual([expected, expected, 1])
  }
})
