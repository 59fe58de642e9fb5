import type { Argv } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { TIERS, type TierName } from '../wasm/tier-names.ts'
import { text } from './arguments.ts'
import type { Arguments } from './main.ts'
import { BLOCK_OPTIONS } from './run-setup.ts'

/** The options of commands that execute code, of the block it is in and of what executes it. */
export function machineOptions(yargs: Argv): Argv {
  return blockAndLimitOptions(yargs).option(
    'tier',
    text('Which engine runs it; steps are traced in the reference tier', {
      choices: TIERS,
      default: 'auto',
    }),
  )
}

/** Those that hold whatever executes it. */
export function blockAndLimitOptions(yargs: Argv): Argv {
  let built = yargs
    .option('block.coinbase', text('Coinbase'))
    .option('step-limit', text('Instructions at the most'))
    .option('memory-limit', text('Bytes of memory at the most, all frames together'))
  for (const [, name, , describe] of BLOCK_OPTIONS) built = built.option(name, text(describe))
  return built
}

/** The tier that is asked for. Throws USAGE for a generated one and a trace, which sees into the reference tier alone. */
export function tierOf({ tier, trace }: Arguments): TierName {
  if (trace && tier !== 'auto' && tier !== 'reference')
    throw new ZvmError(ERROR_CODES.usage, `--tier ${tier}: not with --trace, which has the reference tier`)
  return tier as TierName
}
