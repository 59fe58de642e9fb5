import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Halt } from './halt.ts'

/**
 * Runs in the worker: a chain of calls to the depth limit, and what it left; the same under a table whose CALL reverts
 * its own frame when the callee failed; and how deep a function of JavaScript may go.
 */
const PROGRAM = `
import { parentPort } from 'node:worker_threads'
import { osaka } from './opcodes/forks.ts'
import { asm, play, push, SELF } from './src/conform/harness.ts'
import { Halt } from './src/core/halt.ts'
import { extend } from './src/core/table.ts'
const call = osaka.rows.get(0xf1)
const swap = [
  { ...call, resume: (frame, result) => (result.halt < Halt.Suspend ? call.resume(frame, result) : Halt.Revert) },
]
const strict = extend(osaka, 'strict', [{ eip: 0, title: 'strict', swap }])
const operands = [push(0), push(0), push(0), push(0), push(0), push(SELF), 'GAS']
const code = asm([push(1), push(0), 'SLOAD', 'ADD', push(0), 'SSTORE'], operands, 'CALL', 'STOP')
const room = (depth) => { try { return room(depth + 1) } catch { return depth } }
const { halt, state } = play({ code, gas: 1n << 60n })
const failed = play({ code, gas: 1n << 60n, fork: strict })
parentPort.postMessage({ halt, frames: state.storage(SELF, 0n), failed: [failed.halt, failed.steps], room: room(0) })
`

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zvm-depth-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Told {
  readonly halt: Halt
  readonly frames: bigint
  readonly failed: readonly number[]
  readonly room: number
}

/** Runs it on a stack of that size; the default is 4 MB. */
async function inWorker(stackSizeMb: number): Promise<Told> {
  const outfile = join(folder, 'program.mjs')
  const stdin = { contents: PROGRAM, resolveDir: process.cwd(), loader: 'ts' as const }
  await build({ stdin, outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
  const worker = new Worker(outfile, { resourceLimits: { stackSizeMb } })
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
}

it('hazard 1: 1,024 nested calls take none of the host’s stack', async () => {
  const { halt, frames, failed, room } = await inWorker(0.45)
  expect([halt, frames]).toEqual([Halt.Stop, 1025n])
  // Up to its CALL a frame runs 14 instructions; that of the innermost is refused.
  expect(failed).toEqual([Halt.Revert, 1025 * 14])
  // Less than three frames of the host a message, and small ones: an engine that recurses needs more.
  expect(room).toBeLessThan(3 * 1024)
})
