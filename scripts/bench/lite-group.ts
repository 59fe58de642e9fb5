import { FRAME_ROOM } from '../../src/lite/frame-room.ts'
import { prepareModule, type Value } from '../../src/lite/instance.ts'
import { compileAssemblyScript } from '../lite/compile-assemblyscript.ts'
import type { Group } from './group.ts'
import { LITE_SOURCE, litePrograms } from './lite-programs.ts'
import { PEER } from './peers.ts'
import { runTask } from './tasks.ts'

/** Modules that charge for themselves against the same as they were written, on the host's engine both. */
export const liteGroup: Group = {
  name: 'lite',
  share: 2,
  hasMean: true,
  async run(bench) {
    const wanted = litePrograms().filter(({ name }) => bench.isWanted(name))
    if (wanted.length === 0) return
    const bytes = await compileAssemblyScript(LITE_SOURCE)
    const prepared = prepareModule(bytes)
    const plain = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports
    for (const { name, size, expected } of wanted) {
      const metered = prepared.start({}, { gas: 1n << 62n, room: FRAME_ROOM, pages: 0 })
      const ours = () => {
        const outcome = metered.call(name, [size])
        return said(expected, 'result' in outcome ? outcome.result : `trap ${outcome.trap}`)
      }
      const theirs = () => said(expected, (plain[name] as (size: number) => Value)(size))
      await runTask(bench, { group: 'lite', case: name }, ours, { [PEER.unmetered]: theirs })
    }
  },
}

/** Throws where it is not what it must be: a fast wrong result is none. */
function said(expected: bigint, result: Value | string | undefined): Uint8Array {
  if (typeof result === 'string' || result === undefined || BigInt(result) !== expected)
    throw new Error(`gives ${String(result)}, not ${expected}`)
  return new TextEncoder().encode(String(result))
}
