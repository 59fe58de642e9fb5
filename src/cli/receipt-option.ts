import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Arguments } from './main.ts'
import type { Recorded } from './recorded-runtime.ts'
import type { ReceiptTaker } from './run-receipt.ts'

/** What takes the receipt of a run; null without `--receipt`. Loaded here, since others do not need it. */
export async function takerOf(args: Arguments, recorded: Recorded | null): Promise<ReceiptTaker | null> {
  return args.receipt === undefined
    ? null
    : (await import('./run-receipt.ts')).ReceiptTaker.of(args, recorded)
}

/** Receipts are of runs that keep what they change. */
export function refuseReceipt(args: Arguments): void {
  if (args.receipt !== undefined)
    throw new ZvmError(ERROR_CODES.usage, '--receipt: of run, call and deploy alone')
}
