/** Those we are measured against, by the names that rows and `--peer` have. */
export const PEER = {
  evm: '@ethereumjs/evm',
  mpt: '@ethereumjs/mpt',
  vm: '@ethereumjs/vm',
  cryptography: 'ethereum-cryptography',
  /** Native code, inside anvil. */
  revm: 'revm',
  /** A node process that does nothing. */
  node: 'node',
  /** Node's, of the same bytes: a limit rather than a peer. */
  sha256: 'sha256',
  /** Our own tier, against which another is held. */
  interpreter: 'interpreter',
  /** Our own tier that translates all, against modules made of the same code. */
  compiled: 'compiled',
  /** The same module as it was written. */
  unmetered: 'unmetered',
  /** Our own tier, running code of the EVM by this fork's table. */
  cancun: 'cancun',
} as const

export const PEERS: readonly string[] = Object.values(PEER)
