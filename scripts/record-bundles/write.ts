import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bundle } from '../../src/replay/bundle.ts'
import { serializeBundle } from '../../src/replay/bundle-writer.ts'
import { packSteps } from '../../src/replay/steps.ts'
import type { Recording } from './capture.ts'

/** Writes `NAME.json` and `NAME.steps.gz` into the folder, each whole or not at all; returns their sizes in bytes. */
export function writeRecording(
  folder: string,
  { bundle, steps }: Recording,
): { bundle: number; steps: number } {
  const packed = packSteps(steps)
  writeWhole(folder, `${bundle.name}.steps.gz`, packed)
  return { bundle: writeBundle(folder, bundle), steps: packed.length }
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
