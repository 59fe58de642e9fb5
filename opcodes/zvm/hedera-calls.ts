/** Operation n of the Hedera token service is the system call `HTS_CALLS + n`, of the consensus service `HCS_CALLS + n`. */
export const HTS_CALLS = 0x40
export const HCS_CALLS = 0x60

/** What HTS_* and HCS_* rows and the calls behind them are granted by. */
export const HTS_CAPABILITY = 'hedera.hts'
export const HCS_CAPABILITY = 'hedera.hcs'
