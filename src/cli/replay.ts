import { existsSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { flag, paths as pathsOf, text } from './arguments.ts'
import type { Command } from './main.ts'
import { isTarget, OF_NODE, refuse } from './replay-options.ts'
import { traceOptions } from './trace-options.ts'

/** `zvm replay`: transactions of bundles or of a node run again, and compared with what the chain said of them. */
export const replay: Command = {
  options: (yargs) =>
    traceOptions(yargs)
      .positional('what', {
        type: 'string',
        array: true,
        describe: 'Bundle files, or folders of them; with --rpc a transaction, a block, or blocks A..B',
      })
      .option('rpc', text('Address of a node: replay from it'))
      .option('fork', text('Run under this fork (default: what the chain has in that block)'))
      .option('table', text('Run under a table of your own: a file', { conflicts: 'fork' }))
      .option(
        'genesis',
        text('Genesis file of the chain: says when its forks begin', { conflicts: ['fork', 'table'] }),
      )
      .option('details', {
        type: 'boolean',
        describe: 'Tell calls, logs and changes by name (default: of one transaction)',
      })
      .option('abi', text('[ADDRESS=]FILE: an ABI to name them by, more often too'))
      .option('label', text('ADDRESS=NAME, more often too'))
      .option('cache', text('Folder that keeps what the node answers, or none (default ~/.cache/zvm/replay)'))
      .option('cache-limit', text('Megabytes it may hold (default 1000)'))
      .option('offline', flag('Ask no node: all must be in the cache'))
      .option('chain', text('Chain id that is expected'))
      .option('quick', flag('Run a transaction on the state at the start of its block'))
      .option('override', text('What if: JSON file of accounts and block fields that are otherwise'))
      .option('set-code', text('What if: ADDRESS=FILE, the account has this code, hex in the file'))
      .option(
        'verify',
        text('Hash of the block, or the last of a range: believe nothing without a proof from there'),
      )
      .option('journal', text('A range: keep what is done in this file, and go on from there'))
      .option('failures', text('A range: folder for bundles of blocks that fail (default replay-failures)'))
      .option('workers', text('A range: workers (default one a core)'))
      .option('save', text('Write a bundle of what was replayed to this file'))
      .option('json', flag('Print one JSON object'))
      .example('$0 replay fixtures/bundles', 'Replay every recorded bundle')
      .example('$0 replay bundle.json --trace', 'Trace every step to stderr')
      .example(
        '$0 replay bundle.json --tracer prestateTracer',
        'Write what each transaction met, as geth does',
      )
      .example('$0 replay 0x5c50… --rpc https://…', 'Replay a transaction from a node')
      .example('$0 replay 100..200 --rpc https://… --journal done', 'Replay blocks; go on if stopped'),

  async run(args) {
    const paths = pathsOf(args.what, 'replay')
    if (paths.length === 0)
      throw new ZvmError(
        ERROR_CODES.usage,
        'replay: name a bundle, a folder of bundles, or with --rpc what to replay',
      )
    if (args.rpc !== undefined || args.offline)
      return (await import('./replay-node.ts')).replayFromNode(args, paths)
    const target = paths.find((path) => isTarget(path) && !existsSync(path))
    if (target !== undefined)
      throw new ZvmError(
        ERROR_CODES.usage,
        `replay: ${target}: no such file; of a node, with --rpc or --offline`,
      )
    refuse(args, OF_NODE)
    return (await import('./replay-bundles.ts')).replayBundles(args, paths)
  },
}
