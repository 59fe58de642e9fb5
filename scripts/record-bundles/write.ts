import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Bundle } from '../../src/replay/bundle.ts'
import { serializeBundle } from '../../src/replay/bundle-writer.ts'
import { packSteps } from '../../src/replay/steps.ts'
import type { Recording } from './capture.ts'

/**
 * Writes `NAME.json` and `NAME.steps.gz` into the folder and `NAME.json.gz`, what the node's tracers tell, into `traces`;
 * each whole or not at all. Returns their sizes in bytes.
 */
export function writeRecording(
  folder: string,
  tracesFolder: string,
  { bundle, steps, traces }: Recording,
): { bundle: number; steps: number; traces: number } {
  const packed = packSteps(steps)
  writeWhole(folder, `${bundle.name}.steps.gz`, packed)
  const packedTraces = gzipSync(JSON.stringify(traces), { level: 9 })
  writeWhole(tracesFolder, `${bundle.name}.json.gz`, packedTraces)
  return { bundle: writeBundle(folder, bundle), steps: packed.length, traces: packedTraces.length }
}

/** Writes a bundle that has no steps; returns its size in bytes. */
export function writeBundle(folder: string, bundle: Bundle): number {
  const text = serializeBundle(bundle)
  writeWhole(folder, `${bundle.name}.json`, text)
  return text.length
}

function writeWhole(folder: string, name: string, content: string | Uint8Array): void {
  mkdirSync(folder, { recursive: true })
  const fresh = join(folder, `${name}.${process.pid}`)
  writeFileSync(fresh, content)
  renameSync(fresh, join(folder, name))
}
