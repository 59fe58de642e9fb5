import { blocksGroup } from './blocks-group.ts'
import { callsGroup } from './calls-group.ts'
import { coldGroup } from './cold-group.ts'
import { cryptoGroup } from './crypto-group.ts'
import { evmGroup } from './evm-group.ts'
import type { Group } from './group.ts'
import { importGroup } from './import-group.ts'
import { ledgerGroup } from './ledger-group.ts'
import { liteGroup } from './lite-group.ts'
import { modulesGroup } from './modules-group.ts'
import { nativeGroup } from './native-group.ts'
import { replayGroup } from './replay-group.ts'
import { sizeGroup } from './size-group.ts'
import { startupGroup } from './startup-group.ts'
import { statetestGroup } from './statetest-group.ts'
import { stepGroup } from './step-group.ts'
import { trieGroup } from './trie-group.ts'

/** Everything that is measured, in the order of the table. */
export const GROUPS: readonly Group[] = [
  evmGroup,
  coldGroup,
  callsGroup,
  nativeGroup,
  liteGroup,
  modulesGroup,
  trieGroup,
  cryptoGroup,
  ledgerGroup,
  statetestGroup,
  blocksGroup,
  importGroup,
  replayGroup,
  stepGroup,
  startupGroup,
  sizeGroup,
]
