import { readFileSync } from 'node:fs'
import { bundleBytes } from './bundle.ts'
import type { Bench, Group } from './group.ts'
import { PEER } from './peers.ts'
import { sizeRow } from './report.ts'

/** Minified bytes of what a web page would load. */
export const sizeGroup: Group = {
  name: 'size',
  share: 4,
  hasMean: false,
  async run(bench) {
    const peerSize = once(() => bundleBytes(`export { createEVM } from '${PEER.evm}'`))
    for (const [name, path] of entryPoints())
      await runCase(bench, name, `export * from './${path}'`, PEER.evm, peerSize)
    await runCase(bench, 'trie', "export { Trie } from './src/state/trie/trie.ts'", PEER.mpt, () =>
      bundleBytes(`export { createMPT } from '${PEER.mpt}'`),
    )
  },
}

/** Our entry points, whole: the name a user imports and the file it is made of. */
function entryPoints(): [name: string, path: string][] {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  return Object.entries(exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return []
    const path = target.default.replace('./dist/', '').replace(/\.js$/, '.ts')
    return [[name + entry.slice(1), path]]
  })
}

async function runCase(
  bench: Bench,
  name: string,
  entry: string,
  peer: string,
  peerBytes: () => Promise<number>,
): Promise<void> {
  if (!bench.isWanted(name)) return
  bench.progress(`size: ${name}`)
  const isAlone = !bench.isPeerWanted(peer)
  const named = { group: 'size', case: name, tier: null, peer: isAlone ? null : peer }
  bench.add(sizeRow(named, await bundleBytes(entry), isAlone ? null : await peerBytes()))
}

/** Makes a value when it is first asked for. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make()
    return made
  }
}
