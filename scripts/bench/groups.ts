import { evmGroup, programsGroup } from './evm-group.ts'
import type { Group } from './group.ts'
import { statetestGroup } from './statetest-group.ts'

/** Everything that is measured, in the order of the table: the longest last, which a quick run cuts short. */
export const GROUPS: readonly Group[] = [programsGroup, statetestGroup, evmGroup]
