import { ZvmError } from '../core/errors.ts'
import { bytesToBareHex, bytesToHex } from '../core/hex.ts'
import { type AbiValue, decodeValues } from '../runtime/abi-codec.ts'
import type { AbiFunction } from '../runtime/contract-abi.ts'
import { callOptions, readCall, runCall } from './contract-call.ts'
import { keep, withTracedStore } from './contract-store.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { type Outcome, plainGas, plainLogs, tellFailure } from './message.ts'
import { oneLine, print, printJson, warn } from './output.ts'
import { refuseReceipt, takerOf } from './receipt-option.ts'
import { alone } from './recorded-runtime.ts'

/** `zvm call`: a message to a contract of a store, which keeps what it changed if it succeeds. */
export const call: Command = {
  options: (yargs) =>
    callOptions(yargs)
      .example("$0 call --db state --contract 0x… --function 'deposit(u64)' --args 5", 'By signature')
      .example('$0 call --db state --contract 0x… --function 08ec3a6f --input 00…05 --json', 'By selector'),

  run: (args) =>
    withTracedStore(args, 'write', async (store, tracer) => {
      const message = await readCall(args, store, tracer)
      const { recorded, called, machine } = message
      const taker = await takerOf(args, recorded)
      const outcome = await alone(recorded, () =>
        store.update(
          (stored) => {
            taker?.begin(stored, { request: message.request, creates: null })
            const { outcome, state, formats } = runCall(stored, message)
            if (outcome.error !== null) return outcome
            keep(stored, state, { ...message, table: machine.table, formats }, new Map())
            taker?.take(outcome.result, { ...message, ...machine, recorded })
            recorded.ledger?.noteIn(stored)
            return outcome
          },
          // Where the record is another run's, or a file cannot be written, nothing is kept.
          (outcome) => {
            taker?.write()
            recorded.settle(JSON.stringify(plainOutcome(outcome)), outcome.error === null)
          },
          taker?.watch,
        ),
      )
      const intents = machine.runtime?.intents ?? []
      if (args.json) printJson({ ...plainOutcome(outcome), ...(intents.length > 0 ? { intents } : {}) })
      else {
        await printReturned(outcome, called)
        for (const { address, topics, data } of plainLogs(outcome.result))
          print(` log: ${[address, ...topics, data].join(' ')}`)
        for (const { call: name, args: fields } of intents)
          print(oneLine(` intent: ${name} ${JSON.stringify(fields)}`))
        if (outcome.error !== null) print(oneLine(` error: ${outcome.error}`))
      }
      return outcome.error === null ? EXIT.ok : EXIT.failed
    }),
}

/** `zvm view`: the same, on a store that it leaves as it is. */
export const view: Command = {
  options: (yargs) =>
    callOptions(yargs).example("$0 view --db state --contract 0x… --function 'get()'", 'Read a value'),

  run: (args) =>
    withTracedStore(args, 'read', async (store, tracer) => {
      refuseReceipt(args)
      const message = await readCall(args, store, tracer)
      const { outcome } = store.read((stored) => runCall(stored, message))
      if (outcome.error !== null) return tellFailure(args, outcome)
      if (args.json) printJson({ return_data: bytesToBareHex(outcome.result.output) })
      else await printReturned(outcome, message.called)
      return EXIT.ok
    }),
}

function plainOutcome({ result, error }: Outcome) {
  return {
    success: error === null,
    return_data: [...result.output],
    gas_used: plainGas(result.gasUsed),
    logs: plainLogs(result),
    error,
  }
}

/** A line a value where the ABI tells what they are, else the bytes. */
async function printReturned({ result, error }: Outcome, called: AbiFunction | null): Promise<void> {
  const outputs = error === null ? (called?.outputs ?? []) : []
  if (outputs.length === 0) return print(bytesToHex(result.output))
  const values = await decodeValues(outputs, result.output).catch((error: unknown) => {
    if (!(error instanceof ZvmError)) throw error
    // What the call changed is kept by now: that its output cannot be shown as the ABI wants is no failure of it.
    warn(oneLine(`zvm: the output does not fit the ABI: ${error.message}`))
    return null
  })
  if (values === null) return print(bytesToHex(result.output))
  for (const [i, { name }] of outputs.entries())
    print(oneLine(name === '' ? shown(values[i]) : `${name}: ${shown(values[i])}`))
}

function shown(value: AbiValue): string {
  if (typeof value === 'object') return `[${value.map(shown).join(', ')}]`
  return typeof value === 'string' && !value.startsWith('0x') ? JSON.stringify(value) : String(value)
}
