import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { callOptions, readCall, runCall } from './contract-call.ts'
import { deployOptions, readDeployment, runDeployment } from './contract-deploy.ts'
import { withStore } from './contract-store.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { type Outcome, tellFailure } from './message.ts'
import { print } from './output.ts'

/** `zvm estimate-gas`: the least gas limit with which a call or a deployment succeeds; the store stays as it is. */
export const estimateGas: Command = {
  options: (yargs) =>
    deployOptions(callOptions(yargs))
      .example("$0 estimate-gas --db state --contract 0x… --function 'deposit(u64)' --args 5", 'Of a call')
      .example('$0 estimate-gas --db state --file counter.zvm', 'Of a deployment'),

  run: (args) =>
    withStore(args, 'read', async (store) => {
      refuseRecords(args)
      const isDeployment = args.bytecode !== undefined || args.file !== undefined
      if (isDeployment && args.contract !== undefined)
        throw new ZvmError(ERROR_CODES.usage, '--contract: not with --bytecode or --file')
      const found = isDeployment
        ? await readDeployment(args, store, null).then((each) =>
            store.read((state) =>
              leastGas(each.request.gas, (gas) => runDeployment(state, each, gas).outcome),
            ),
          )
        : await readCall(args, store, null).then((each) =>
            store.read((state) => leastGas(each.request.gas, (gas) => runCall(state, each, gas).outcome)),
          )
      if (typeof found !== 'bigint') return tellFailure(args, found)
      print(String(found))
      return EXIT.ok
    }),
}

function refuseRecords(args: Arguments): void {
  for (const option of ['record', 'replay', 'receipt', 'trace', 'tracer', 'profile'])
    if (args[option])
      throw new ZvmError(ERROR_CODES.usage, `--${option}: not here, where it is run many times`)
}

/**
 * The least limit, up to `most`, with which the message succeeds and with one gas less does not. It is more than the
 * gas used where a call inside keeps back a sixty-fourth, or a row wants more left than it takes. How it ended where
 * it fails with all of it.
 */
function leastGas(most: bigint, run: (gas: bigint) => Outcome): bigint | Outcome {
  const outcome = run(most)
  if (outcome.error !== null) return outcome
  const { gasUsed } = outcome.result
  const isEnough = (gas: bigint) => run(gas).error === null
  let [fails, enough] = isEnough(gasUsed) ? [-1n, gasUsed] : [gasUsed, most]
  if (enough === gasUsed && (gasUsed === 0n || !isEnough(gasUsed - 1n))) return gasUsed
  while (enough - fails > 1n) {
    const middle = (enough + fails) / 2n
    if (isEnough(middle)) enough = middle
    else fails = middle
  }
  return enough
}
