/**
 * What a fork changes that is not an opcode. Typed data, read once a transaction or block; each mechanism is
 * implemented once (creation in the driver, the rest in `chain`). Gas and sizes are safe integers, in gas and bytes.
 */
export interface Rules {
  /** Transaction types that are accepted (EIP-2718): 0 legacy, 1 access list, 2 fee market, 3 blob, 4 set code. */
  readonly transactionTypes: readonly number[]
  readonly signature: {
    /** A legacy signature may bind the chain id (EIP-155). */
    readonly chainId: boolean
    /** s must be at most n/2 (EIP-2). */
    readonly lowS: boolean
  }
  readonly intrinsic: Intrinsic
  /** Calldata floor price (EIP-7623): gas used is at least base + tokens × perToken, a non-zero byte being 4 tokens. */
  readonly floor: null | { readonly perToken: number }
  /** Highest gas limit of one transaction (EIP-7825). */
  readonly transactionGasCap: null | number
  /** Refunds are capped at gasUsed / refundQuotient (EIP-3529). */
  readonly refundQuotient: number
  /** How hard the proof of work of a block is; null where there is none (EIP-3675). */
  readonly difficulty: null | DifficultyRules
  /** Fee market (EIP-1559): how fast the base fee moves, in blocks. */
  readonly baseFee: null | { readonly changeDenominator: number; readonly elasticity: number }
  readonly blob: null | BlobSchedule
  readonly create: CreateRules
  /** Touched empty accounts are deleted, and dead accounts are not created by a zero transfer (EIP-161). */
  readonly clearEmpty: boolean
  /** Access sets exist (EIP-2929): sender, recipient and precompiles start warm; the coinbase too from EIP-3651. */
  readonly warmth: null | { readonly coinbase: boolean }
  /** Accounts may delegate to code (EIP-7702): the refund of an authority that exists already. */
  readonly delegation: null | { readonly existingRefund: number }
  /** Wei that a block brings its miner (Yellow Paper 11.3); null where nobody mines (EIP-3675). */
  readonly reward: null | bigint
  /** Ommers a block may name, and how many generations back (Yellow Paper 11.1); null where it names none (EIP-3675). */
  readonly ommers: null | { readonly max: number; readonly generations: number }
  /** What a receipt says first: the state root after the transaction, or whether it succeeded (EIP-658). */
  readonly receiptOutcome: 'state-root' | 'status'
  /** Text that must be the header's extra data (EIP-779). */
  readonly extraData: null | string
  /** All ether of some accounts goes to one before the block begins (EIP-779). */
  readonly drain: null | { readonly from: readonly bigint[]; readonly to: bigint }
  /** Blocks bring ether from the beacon chain (EIP-4895): wei of one unit of its amounts. */
  readonly withdrawals: null | { readonly unitWei: bigint }
  /** Calls to contracts around the transactions, by name, in order. */
  readonly systemCalls: Readonly<Record<string, SystemCall>>
  /** Blocks commit to requests for the beacon chain (EIP-7685); whose logs are deposits (EIP-6110). */
  readonly requests: null | { readonly depositContract: null | bigint }
  /** Most bytes a block's RLP may have (EIP-7934). */
  readonly blockSizeLimit: null | number
}

/** A message that the protocol itself sends, with gas that the block does not count. */
export interface SystemCall {
  /** Before the first transaction or after the last. */
  readonly at: 'start' | 'end'
  readonly address: bigint
  /** The one word it is given, or nothing. A header names a beacon root where some call is given it (EIP-4788). */
  readonly input: 'parent-beacon-root' | 'parent-hash' | 'nothing'
  /**
   * Its output is the requests of this type (EIP-7685), and a block in which it fails or has no code is invalid; null
   * where it is all the same how it ends.
   */
  readonly requestType: null | number
}

/** Gas charged before execution (Yellow Paper g0). */
export interface Intrinsic {
  readonly base: number
  readonly zeroByte: number
  readonly nonZeroByte: number
  /** Added for a creation (EIP-2). */
  readonly create: number
  /** Per 32-byte word of initcode (EIP-3860). */
  readonly initCodeWord: number
  readonly accessAddress: number
  readonly accessSlot: number
  readonly authorization: number
}

/** How a block's difficulty follows from its parent's (Yellow Paper 4.4.4): an adjustment by time, and the bomb. */
export interface DifficultyRules {
  /** Seconds a step of the adjustment lasts (EIP-2); null is Frontier's one step, up below 13 seconds and else down. */
  readonly secondsPerStep: null | number
  /** A parent with ommers has its block adjusted one step higher (EIP-100). */
  readonly countsOmmers: boolean
  /** Blocks by which the bomb, which doubles every 100,000 blocks, is put off (EIP-649 and later). */
  readonly bombDelay: number
}

/** Blob gas per EIP-4844 with the schedule of EIP-7840. */
export interface BlobSchedule {
  readonly target: number
  readonly max: number
  readonly updateFraction: number
  readonly gasPerBlob: number
  readonly minPriceWei: number
  /** Blobs one transaction may carry (EIP-7594); null leaves only the block's maximum. */
  readonly perTransaction: null | number
  /** Blob price is bound to execution price (EIP-7918): gas of a blob's execution cost. */
  readonly reserveBaseCost: null | number
}

/** How the result of initcode becomes an account. */
export interface CreateRules {
  /** Nonce a new contract starts with (EIP-161). */
  readonly initialNonce: 0 | 1
  /** Longest initcode (EIP-3860). */
  readonly initCodeLimit: number
  /** Longest code (EIP-170). */
  readonly codeLimit: number
  /** Code must not begin with this byte (EIP-3541). */
  readonly forbiddenFirstByte: null | number
  readonly depositPerByte: number
  /** When gas does not cover the deposit: keep the account without code (Frontier) or halt (EIP-2). */
  readonly depositShortage: 'keep' | 'halt'
}

/** A change of rules: each named mechanism's fields are merged over the ones before. */
export type RuleChange = { readonly [K in keyof Rules]?: Change<Rules[K]> }
type Change<T> = T extends readonly unknown[] ? T : T extends object ? Partial<T> | null : T

/** The rules with a change applied, frozen. */
export function changeRules(rules: Rules, change: RuleChange): Rules {
  const next: Record<string, unknown> = { ...rules }
  for (const [name, value] of Object.entries(change)) {
    const before = next[name]
    const merge = isRecord(before) && isRecord(value)
    next[name] = Object.freeze(merge ? { ...before, ...value } : value)
  }
  return Object.freeze(next) as unknown as Rules
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
