import { describe, expect, it } from 'vitest'
import { cancun } from '../../opcodes/forks.ts'
import { asm, type Scene, SELF, stage } from '../conform/harness.ts'
import { type Answer, type Runtime, request, type SystemCall } from './capability.ts'
import { Halt, haltName } from './halt.ts'
import type { Row } from './row.ts'
import { extend } from './table.ts'

/** ASK(id): the status of a system call without input. */
const ASK: Row = {
  code: 0x0c,
  name: 'ASK',
  pops: 1,
  pushes: 1,
  gas: 1,
  spec: 'test',
  execute(frame) {
    const answer = request(frame, Number(frame.pop()), new Uint8Array(0))
    if (typeof answer === 'number') return answer
    frame.push(answer.status)
    return Halt.None
  },
}
const table = extend(cancun, 'asking', [{ eip: 0, title: 'ASK', add: [ASK] }])

const done: Answer = { status: 1n, output: new Uint8Array(0) }

/** Notes what is done, and takes it back. */
function notes(kind: SystemCall['kind'], end: Answer | Halt = done, allowed = ['note']) {
  const noted: string[] = []
  const call: SystemCall = {
    name: 'note.add',
    capability: 'note',
    kind,
    gas: () => 100,
    run(_, frame) {
      noted.push('note')
      frame.host.onRevert(() => noted.pop())
      return end
    },
  }
  const runtime: Runtime = {
    find: (id) => (id === 7 ? call : null),
    allows: (capability, frame) => allowed.includes(capability) && frame.self === SELF,
  }
  return { noted, runtime }
}

function ask(runtime: Runtime | null, id: number, scene: Scene = {}, then = 'STOP') {
  const code = asm(Uint8Array.of(0x60, id, 0x0c), 'DUP1', 'DUP1', then)
  const { driver, state, frame } = stage({ fork: table, code, ...scene })
  driver.runtime = runtime
  const { halt } = driver.run()
  return {
    halt: haltName(halt),
    denied: driver.denied,
    status: frame.stack[0],
    gasLeft: driver.result.gas,
    state,
  }
}

describe('a request', () => {
  it('is answered where it is granted, at its price', () => {
    const { runtime, noted } = notes('writes')
    const { halt, status, gasLeft } = ask(runtime, 7)
    expect([halt, status, gasLeft, noted.length]).toEqual(['Stop', 1n, 1_000_000n - 3n - 1n - 100n - 6n, 1])
  })

  it('is denied without a runtime, without such a call, and without a grant, by name', () => {
    const { runtime, noted } = notes('pure', done, [])
    expect(ask(null, 7)).toMatchObject({ halt: 'CapabilityDenied', denied: 'syscall 0x0007', gasLeft: 0n })
    expect(ask(runtime, 8)).toMatchObject({ halt: 'CapabilityDenied', denied: 'syscall 0x0008' })
    expect(ask(runtime, 7)).toMatchObject({ halt: 'CapabilityDenied', denied: 'note', gasLeft: 0n })
    expect(noted).toEqual([])
  })

  it('that writes is refused in a static frame', () => {
    const { runtime, noted } = notes('writes')
    expect(ask(runtime, 7, { isStatic: true }).halt).toBe('StaticViolation')
    expect(noted).toEqual([])
    expect(ask(notes('reads').runtime, 7, { isStatic: true }).halt).toBe('Stop')
  })

  it('that nobody can pay is not made', () => {
    const { runtime, noted } = notes('writes')
    expect(ask(runtime, 7, { gas: 103n })).toMatchObject({ halt: 'OutOfGas', denied: '' })
    expect(noted).toEqual([])
  })

  it('is undone when the frame reverts, or ends badly, itself included', () => {
    const { runtime, noted } = notes('writes')
    expect(ask(runtime, 7, {}, 'REVERT').halt).toBe('Revert')
    expect(ask(runtime, 7, {}, 'INVALID').halt).toBe('InvalidOpcode')
    expect(ask(notes('writes', Halt.OutOfGas).runtime, 7).halt).toBe('OutOfGas')
    expect(noted).toEqual([])
  })

  it('is not made once the run is void, unless it is pure', () => {
    for (const [kind, times] of [
      ['pure', 1],
      ['reads', 0],
      ['writes', 0],
    ] as const) {
      const { runtime, noted } = notes(kind)
      const set = stage({ fork: table, code: asm(Uint8Array.of(0x60, 7, 0x0c), 'STOP') })
      set.driver.runtime = runtime
      set.state.misses.push({ kind: 'account', address: 1n })
      set.driver.run()
      expect([set.frame.stack[0], noted.length]).toEqual([BigInt(times), times])
    }
  })
})
