import { afterEach, describe, expect, it, vi } from 'vitest'

const CONTRACT = '0x000000000000000000000000000000000000c0de'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Modules that have said nothing yet. */
async function fresh() {
  vi.resetModules()
  const { createEngine, memoryState, osaka } = await import('../index.ts')
  const { sharedTier } = await import('./tiers.ts')
  const engine = () =>
    createEngine({ table: osaka, state: memoryState({ [CONTRACT]: { code: '0x5f545f5260205ff3' } }) })
  return { engine, interpreter: () => sharedTier('interpreter', osaka) }
}

const { Module, Memory, Instance } = WebAssembly
const HOSTS: Record<string, unknown> = {
  'has no WebAssembly': undefined,
  'forbids to compile': {
    ...{ Memory, Instance },
    Module: function Module() {
      throw Object.assign(new Error('blocked by the content policy'), { name: 'CompileError' })
    },
  },
  'has no room for the memory': {
    ...{ Module, Instance },
    Memory: function Memory() {
      throw new RangeError('WebAssembly.Memory(): could not allocate memory')
    },
  },
}

describe.each(Object.entries(HOSTS))('a host that %s', (_, host) => {
  it('runs on the reference tier and says so once', async () => {
    const { engine, interpreter } = await fresh()
    vi.stubGlobal('WebAssembly', host)
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const engines = [engine(), engine()]
    expect(engines.map(({ tier }) => tier)).toEqual(['reference', 'reference'])
    expect(engines[0].call({ to: CONTRACT }).status).toBe('success')
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^zvm: this host runs no WebAssembly/)]])
    expect(interpreter).toThrow('tier interpreter: this host runs no WebAssembly')
  })
})

describe('a fault of ours', () => {
  it.each([
    new RangeError('Maximum call stack size exceeded'),
    new TypeError('x is not a function'),
    Object.assign(new Error('WebAssembly.Module(): type mismatch @+1234'), { name: 'CompileError' }),
  ])('is thrown on: %s', async (fault) => {
    const { engine } = await fresh()
    const broken = function OtherModule(bytes: Uint8Array<ArrayBuffer>) {
      if (bytes.length > 8) throw fault
      return new Module(bytes)
    }
    vi.stubGlobal('WebAssembly', { Memory, Instance, Module: broken })
    expect(engine).toThrow(fault)
  })
})
