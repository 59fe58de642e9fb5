/**
 * Stands in for src/state/disk/lmdb-scripts.ts where the bins are bundled: the JavaScript of lmdb and of what it imports is
 * bundled with them, so that V8 need not compile it at each start, which took longer than all else of it. Its native
 * module is that of the package installed, found from there; a package of another version runs by itself.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export async function lmdbScripts(require) {
  const file = require.resolve('lmdb')
  const { version } = JSON.parse(readFileSync(join(dirname(file), '../package.json'), 'utf8'))
  return version === LMDB_VERSION ? (await import('bundled-lmdb')).default : require(file)
}
