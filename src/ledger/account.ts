import { Members, type Read, refuseValue } from '../core/members.ts'
import { isAccountName } from '../runtime/grants.ts'
import { oneOf, readAmount, readTimestamp } from './json.ts'

export const ACCOUNT_TYPES = ['asset', 'liability', 'equity', 'revenue', 'expense'] as const
export type AccountType = (typeof ACCOUNT_TYPES)[number]

/** Members named and ordered as in its JSON. */
export interface Account {
  readonly name: string
  readonly account_type: AccountType
  /** In units of 1e-8, on the side that is normal for the type; never negative. */
  readonly balance: bigint
  /** Id of the asset it holds. */
  readonly currency: string
  /** Unix seconds. */
  readonly created_at: number
}

/**
 * Whether a debit raises the balance: of assets and expenses. It lowers that of liabilities, equity and revenue, which
 * a credit raises. A transfer credits the account it comes from and debits the one it goes to.
 */
export function isDebitNormal(type: AccountType): boolean {
  return type === 'asset' || type === 'expense'
}

/** The name of an account or the id of an asset. */
export const readName: Read<string> = (value, place) =>
  typeof value === 'string' && isAccountName(value)
    ? value
    : refuseValue(
        place,
        'not a name: up to 96 of letters, digits and _ . : -, of which a letter or digit is first',
      )

/** An account as it is opened, without a balance. */
export const readOpening: Read<Account> = (value, place) => {
  const members = new Members(value, place)
  const account = {
    name: members.required('name', readName),
    account_type: members.required('account_type', oneOf(ACCOUNT_TYPES)),
    balance: members.required('balance', readAmount),
    currency: members.required('currency', readName),
    created_at: members.required('created_at', readTimestamp),
  }
  members.done()
  return account.balance === 0n
    ? account
    : refuseValue(`${place}.balance`, 'an account is opened with nothing in it')
}
