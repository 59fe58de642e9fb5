import { toFixedHex } from '../core/hex.ts'
import { deployOptions, readDeployment, runDeployment } from './contract-deploy.ts'
import { keep, withTracedStore } from './contract-store.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { tellFailure } from './message.ts'
import { print, printJson } from './output.ts'
import { takerOf } from './receipt-option.ts'
import { alone } from './recorded-runtime.ts'

/** `zvm deploy`: puts a contract in a store, which is made where there is none. */
export const deploy: Command = {
  options: (yargs) =>
    deployOptions(yargs)
      .example('$0 deploy --db state --file counter.zvm', 'Deploy a container; prints the address')
      .example(
        '$0 deploy --db state --bytecode 6080… --constructor-args 00…2a',
        'Deploy what a compiler gives',
      ),

  run: (args) =>
    withTracedStore(args, 'create', async (store, tracer) => {
      const deployment = await readDeployment(args, store, tracer)
      const { recorded, machine, tag } = deployment
      const taker = await takerOf(args, recorded)
      const { outcome, address } = await alone(recorded, () =>
        store.update(
          (stored) => {
            taker?.begin(stored, deployment)
            const run = runDeployment(stored, deployment)
            if (run.outcome.error !== null) return run
            const { state, formats } = run
            keep(
              stored,
              state,
              { ...deployment, table: machine.table, formats },
              new Map([[run.address, tag]]),
            )
            taker?.take(run.outcome.result, { ...deployment, ...machine, recorded })
            recorded.ledger?.noteIn(stored)
            return run
          },
          // Where the record is another run's, or a file cannot be written, nothing is kept.
          ({ outcome, address }) => {
            taker?.write()
            if (outcome.error === null) recorded.settle(toFixedHex(address, 20), true)
          },
          taker?.watch,
        ),
      )
      if (outcome.error !== null) return tellFailure(args, outcome)
      const contract_address = toFixedHex(address, 20)
      if (args.json) printJson({ contract_address })
      else print(contract_address)
      return EXIT.ok
    }),
}
