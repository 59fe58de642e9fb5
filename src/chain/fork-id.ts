import type { ForkSchedule } from './fork-schedule.ts'

/** What two nodes tell each other by whether they are on the same chain (EIP-2124, with times by EIP-6122). */
export interface ForkId {
  /** CRC-32 of the genesis hash and of every fork passed. */
  readonly hash: number
  /** Block number or time of the next fork; 0 where none is known. */
  readonly next: bigint
}

/**
 * The fork id of a chain at its head block. `genesisHash` has 32 bytes; times are in seconds. Forks that were in force
 * in the genesis block do not count, and those of one block count once.
 */
export function forkIdOf(
  schedule: ForkSchedule,
  genesisHash: Uint8Array,
  genesisTime: bigint,
  head: { readonly number: bigint; readonly timestamp: bigint },
): ForkId {
  const blocks = schedule.activations.flatMap((fork) => ('block' in fork ? [fork.block] : []))
  const others = [schedule.daoBlock, schedule.netsplitBlock].filter((block) => block !== null)
  const times = schedule.activations.flatMap((fork) => ('time' in fork ? [fork.time] : []))
  let crc = crc32(genesisHash, 0)
  const isPassed = (forks: readonly bigint[], genesis: bigint, now: bigint): bigint | null => {
    for (const fork of ascending(forks)) {
      if (fork <= genesis) continue
      if (fork > now) return fork
      crc = crc32(bigEndian(fork), crc)
    }
    return null
  }
  const next =
    isPassed([...blocks, ...others], 0n, head.number) ?? isPassed(times, genesisTime, head.timestamp) ?? 0n
  return { hash: crc, next }
}

function ascending(values: readonly bigint[]): bigint[] {
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1))
}

function bigEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value)
  return bytes
}

/** CRC-32 of IEEE 802.3, continued from `crc`, which is 0 at the beginning. */
function crc32(bytes: Uint8Array, crc: number): number {
  let rest = ~crc
  for (const byte of bytes) {
    rest ^= byte
    for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0)
  }
  return ~rest >>> 0
}
