/**
 * The package lmdb, found by `require`. As CommonJS it is one file, not twenty. Where the bins are bundled,
 * scripts/build/lmdb-scripts.mjs stands in for this.
 */
export async function lmdbScripts(require: NodeJS.Require): Promise<typeof import('lmdb')> {
  return require('lmdb') as typeof import('lmdb')
}
