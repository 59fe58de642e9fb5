import { Halt } from '../../src/core/halt.ts'
import { READS_STEPS, type Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { GAS, INVALID, JUMP, JUMPDEST, JUMPI, PC, RETURN, REVERT, STOP } from '../evm/flow.ts'
import { call, callCode, create, create2, delegateCall, selfDestruct, staticCall } from '../evm/system.ts'
import { CALLS, CREATES, DESTROY, SPEC } from './costs.ts'

/** NOP(): nothing. */
const NOP: Row = {
  code: 0x01, name: 'NOP', pops: 0, pushes: 0, gas: 0, spec: SPEC,
  execute: () => Halt.None,
  lower: () => {},
}

/** STEPS(): instructions that the transaction has begun so far, all its frames together and this one included. */
const STEPS: Row = {
  code: 0xae, name: 'STEPS', pops: 0, pushes: 1, gas: 2, flags: READS_STEPS, spec: SPEC,
  execute(frame) {
    frame.push(BigInt(frame.steps))
    return Halt.None
  },
  lower: (b) => b.steps(),
}

/** What decides which instruction or which code is next, as the EVM's; PC has a price of its own. */
export const FLOW_ROWS: readonly Row[] = [
  ...[at(0x00, STOP, { name: 'HALT' }), NOP],
  ...[at(0xa0, JUMP), at(0xa1, JUMPI), at(0xa2, PC, { gas: 3 }), at(0xa3, JUMPDEST)],
  ...[at(0xa4, call(CALLS)), at(0xa5, callCode(CALLS)), at(0xa6, delegateCall(CALLS)), at(0xa7, staticCall(CALLS))],
  ...[at(0xa8, RETURN), at(0xa9, REVERT), at(0xaa, selfDestruct(DESTROY))],
  ...[at(0xab, create(CREATES)), at(0xac, create2(CREATES))],
  ...[at(0xad, GAS), STEPS, at(0xff, INVALID)],
]
