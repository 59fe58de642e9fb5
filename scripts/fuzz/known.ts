import type { Frame } from '../../src/core/frame.ts'
import type { Message } from '../../src/core/message.ts'
import { CallKind } from '../../src/core/message.ts'
import type { Table } from '../../src/core/table.ts'
import { ADDRESS_MASK } from '../../src/core/word.ts'
import type { FuzzCase } from './case.ts'
import { runOurs } from './ours.ts'

/**
 * A fault of @ethereumjs 10.1.3: where a program meets it, the sides differ and the peer is wrong. A fixture shows
 * each. `step` and `enter` say whether an instruction or message of ours meets it; narrow, since what else the
 * program does is then not compared.
 */
export interface KnownFault {
  readonly title: string
  /** What the specification says, and what the peer does. */
  readonly reason: string
  step?(frame: Frame, opcode: string): boolean
  enter?(message: Message): boolean
}

export const KNOWN_FAULTS: readonly KnownFault[] = [
  {
    title: 'CREATE of initcode that begins with ef00',
    reason:
      'The initcode is run and halts at the undefined opcode 0xef (YP 9.4.2): its gas is burnt and the nonce of the ' +
      'creator rises. The peer takes it for an EOF container, whether or not EIP-3540 is active (on no fork it is), ' +
      'and pushes 0 without running it.',
    enter: ({ kind, depth, input }) => kind >= CallKind.Create && depth > 0 && beginsAsEof(input),
  },
  {
    title: 'EXTCODESIZE, EXTCODECOPY, EXTCODEHASH of code that begins with ef00',
    reason:
      'Code that was deployed before EIP-3541 is read as it is. The peer reads it as the two bytes ef00 (EIP-3540, ' +
      'active on no fork).',
    step: (frame, opcode) =>
      /^EXTCODE(SIZE|COPY|HASH)$/.test(opcode) &&
      frame.sp > 0 &&
      beginsAsEof(frame.host.code(frame.stack[frame.sp - 1] & ADDRESS_MASK)),
  },
]

/** The known fault of the peer that a case meets; null where there is none, so that a difference is news. */
export function knownFault(table: Table, fuzzCase: FuzzCase): KnownFault | null {
  let met: KnownFault | null = null
  runOurs(table, fuzzCase, {
    step(frame, { name }) {
      met ??= KNOWN_FAULTS.find((fault) => fault.step?.(frame, name)) ?? null
    },
    enter(message) {
      met ??= KNOWN_FAULTS.find((fault) => fault.enter?.(message)) ?? null
    },
  })
  return met
}

function beginsAsEof(code: Uint8Array): boolean {
  return code[0] === 0xef && code[1] === 0
}
