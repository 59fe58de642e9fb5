import type { Rules } from '../core/rules.ts'
import type { BlockRejection } from './block-rejection.ts'
import { refuseBlock } from './block-rejection.ts'
import { type BlockHeader, headerHash } from './header.ts'

/** A block that ommers are measured against: an ancestor of the one that names them. */
export interface Ancestor {
  readonly hash: bigint
  readonly header: BlockHeader
  /** Hashes of the ommers it names. */
  readonly ommerHashes: readonly bigint[]
}

/**
 * Why these ommers may not stand in a block (Yellow Paper 11.1): too many, one named before, an ancestor, or a header
 * that is no valid child of an ancestor some generations back. `ancestors` are the block's, its parent first, at least
 * one more than generations count; `validate` judges an ommer's header by that of its parent.
 */
export function validateOmmers(
  ommers: readonly BlockHeader[],
  ancestors: readonly Ancestor[],
  limits: NonNullable<Rules['ommers']>,
  validate: (ommer: BlockHeader, parent: BlockHeader) => BlockRejection | null,
): BlockRejection | null {
  if (ommers.length > limits.max)
    return refuseBlock('ommers-count', `ommers: ${ommers.length}, at most ${limits.max}`)
  const near = ancestors.slice(0, limits.generations + 1)
  const named = new Set(near.flatMap(({ ommerHashes }) => ommerHashes))
  for (const [i, ommer] of ommers.entries()) {
    const hash = headerHash(ommer)
    const fault = checkOmmer(ommer, hash, near, named, validate)
    if (fault) return { ...fault, message: `ommers[${i}]: ${fault.message}` }
    named.add(hash)
  }
  return null
}

function checkOmmer(
  ommer: BlockHeader,
  hash: bigint,
  near: readonly Ancestor[],
  named: ReadonlySet<bigint>,
  validate: (ommer: BlockHeader, parent: BlockHeader) => BlockRejection | null,
): BlockRejection | null {
  if (named.has(hash)) return refuseBlock('ommer-known', 'named before')
  if (near.some((ancestor) => ancestor.hash === hash)) return refuseBlock('ommer-ancestor', 'an ancestor')
  // The parent's own child would be a brother of the block, not of an ancestor.
  const at = near.findIndex((ancestor) => ancestor.hash === ommer.parentHash)
  if (at < 0) return refuseBlock('ommer-parent', 'its parent is no ancestor near enough')
  if (at === 0) return refuseBlock('ommer-brother', 'a brother of the block')
  const fault = validate(ommer, near[at].header)
  return fault && { code: 'ommer-header', message: fault.message, ommer: fault }
}

/** What an ommer's miner gets, `distance` blocks later (Yellow Paper 11.3). */
export function ommerReward(reward: bigint, distance: bigint): bigint {
  return (reward * (8n - distance)) / 8n
}

/** What the block's miner gets for each ommer. */
export function nephewReward(reward: bigint): bigint {
  return reward / 32n
}
