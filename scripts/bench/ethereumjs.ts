import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM, EVMError, type EVMResult } from '@ethereumjs/evm'
import { Account, bigIntToUnpaddedBytes, createAddressFromBigInt, setLengthLeft } from '@ethereumjs/util'
import { cancun } from '../../opcodes/forks.ts'
import { toFixedHex } from '../../src/core/hex.ts'
import type { Engine, Run } from './engine.ts'
import type { Contestant } from './measure.ts'
import { accountsOf, CONTRACT, type Program, SENDER, type Status } from './program.ts'

/** `@ethereumjs/evm` as it comes: its default state manager, default crypto, no listener. */
export const ethereumjs: Engine = { name: '@ethereumjs/evm', prepare }

const WARM = [CONTRACT, SENDER, ...cancun.precompiles.keys()].map((address) => toFixedHex(address, 20))

async function prepare(program: Program): Promise<Contestant<Run>> {
  const evm = await createEVM({ common: new Common({ chain: Mainnet, hardfork: Hardfork.Cancun }) })
  const { stateManager, journal } = evm
  for (const { address, code, nonce, balance, storage } of accountsOf(program)) {
    const at = createAddressFromBigInt(address)
    await stateManager.putAccount(at, new Account(nonce, balance))
    if (code.length > 0) await stateManager.putCode(at, code)
    for (const [key, value] of storage)
      await stateManager.putStorage(
        at,
        setLengthLeft(bigIntToUnpaddedBytes(key), 32),
        bigIntToUnpaddedBytes(value),
      )
  }
  const message = {
    to: createAddressFromBigInt(CONTRACT),
    caller: createAddressFromBigInt(SENDER),
    data: program.input,
    gasLimit: program.gasLimit,
  }
  return {
    async run() {
      await stateManager.checkpoint()
      for (const address of WARM) journal.addAlwaysWarmAddress(address)
      const start = performance.now()
      const { execResult } = await evm.runCall(message)
      const ms = performance.now() - start
      await stateManager.revert()
      stateManager.originalStorageCache.clear()
      evm.transientStorage.clear()
      journal.cleanJournal()
      return {
        ms,
        status: statusOf(execResult),
        gasUsed: execResult.executionGasUsed,
        output: execResult.returnValue,
      }
    },
  }
}

function statusOf({ exceptionError }: EVMResult['execResult']): Status {
  if (!exceptionError) return 'success'
  if (exceptionError.error === EVMError.errorMessages.REVERT) return 'revert'
  return exceptionError.error === EVMError.errorMessages.OUT_OF_GAS ? 'oog' : 'halt'
}
