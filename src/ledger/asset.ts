import { Members, type Read, readWhole, refuseValue } from '../core/members.ts'
import { readName } from './account.ts'
import { DECIMALS } from './amount.ts'
import { oneOf, readAmount, readBoolean, readNullable, readText, readTimestamp } from './json.ts'

export const ASSET_TYPES = ['native', 'token', 'nft', 'synthetic', 'stable'] as const
export type AssetType = (typeof ASSET_TYPES)[number]

/** What accounts hold. Members named and ordered as in its JSON. */
export interface Asset {
  readonly id: string
  readonly asset_type: AssetType
  readonly metadata: AssetMetadata
  readonly rules: AssetRules
}

/** What an asset is called and how much of it there may be; `created_at` in Unix seconds. */
export interface AssetMetadata {
  readonly symbol: string
  readonly name: string
  /** Digits after the point that an amount may have, 0 to 8. */
  readonly decimals: number
  /** The most that may be issued, in units of 1e-8; null without end. */
  readonly total_supply: bigint | null
  readonly issuer: string
  readonly created_at: number
}

/** What each transfer of the asset must keep to. Amounts in units of 1e-8; null for no limit. */
export interface AssetRules {
  readonly max_transaction_amount: bigint | null
  /** The most that leaves one account on a day of UTC. */
  readonly daily_limit: bigint | null
  /** Whether an account spends only what was approved for it. */
  readonly requires_approval: boolean
  readonly frozen: boolean
  /** Whether both accounts must be listed. */
  readonly whitelist_only: boolean
}

/** Anything goes. */
export const NO_RULES: AssetRules = Object.freeze({
  max_transaction_amount: null,
  daily_limit: null,
  requires_approval: false,
  frozen: false,
  whitelist_only: false,
})

export const SYMBOL_LIMIT = 16
export const ASSET_NAME_LIMIT = 100

export const readAsset: Read<Asset> = (value, place) => {
  const members = new Members(value, place)
  const asset = {
    id: members.required('id', readName),
    asset_type: members.required('asset_type', oneOf(ASSET_TYPES)),
    metadata: members.required('metadata', readMetadata),
    rules: members.required('rules', readRules),
  }
  members.done()
  return asset.asset_type !== 'nft' || asset.metadata.decimals === 0
    ? asset
    : refuseValue(`${place}.metadata.decimals`, 'an nft comes whole: not 0')
}

const readMetadata: Read<AssetMetadata> = (value, place) => {
  const members = new Members(value, place)
  const metadata = {
    symbol: members.required('symbol', readText(SYMBOL_LIMIT)),
    name: members.required('name', readText(ASSET_NAME_LIMIT)),
    decimals: members.required('decimals', readWhole(0, DECIMALS)),
    total_supply: members.required('total_supply', readNullable(readAmount)),
    issuer: members.required('issuer', readText(ASSET_NAME_LIMIT)),
    created_at: members.required('created_at', readTimestamp),
  }
  members.done()
  return metadata
}

export const readRules: Read<AssetRules> = (value, place) => {
  const members = new Members(value, place)
  const rules = {
    max_transaction_amount: members.required('max_transaction_amount', readNullable(readAmount)),
    daily_limit: members.required('daily_limit', readNullable(readAmount)),
    requires_approval: members.required('requires_approval', readBoolean),
    frozen: members.required('frozen', readBoolean),
    whitelist_only: members.required('whitelist_only', readBoolean),
  }
  members.done()
  return rules
}
