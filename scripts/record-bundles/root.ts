import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder, whether this runs from its source or bundled into a cache below it. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'fixtures', 'contracts'))) {
    if (folder === dirname(folder)) throw new Error('the project has no folder fixtures/contracts')
    folder = dirname(folder)
  }
  return folder
}
