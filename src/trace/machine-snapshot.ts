import type { Driver } from '../core/driver.ts'
import type { Frame } from '../core/frame.ts'
import type { Message } from '../core/message.ts'
import { NO_PAGES, type Pages, putPages, takePages } from '../state/pages.ts'
import { NO_STATE, putState, type StateSnapshot, sizeOf, takeState } from '../state/snapshot.ts'
import type { State } from '../state/state.ts'

/** The fields of a message, and of a frame but for what is in the arena and what never changes while it is open. */
type MessageFields = Omit<
  Pick<Message, keyof Message>,
  'gas' | 'charge' | 'returnGas' // what its class works out
>
type FrameFields = Pick<
  Frame,
  | ('env' | 'program' | 'opcodes' | 'opcode' | 'pc' | 'stepsBefore' | 'steps')
  | ('self' | 'caller' | 'value' | 'input' | 'isStatic' | 'sp' | 'gasLow' | 'gasHigh' | 'gasDenied')
  | ('memoryBase' | 'memorySize' | 'returnData' | 'output' | 'checkpoint' | 'halt')
>

interface KeptFrame {
  readonly frame: Frame
  readonly message: Message
  readonly messageFields: MessageFields
  readonly fields: FrameFields
  readonly stack: readonly bigint[]
  readonly registers: readonly bigint[]
}

/**
 * A machine between two instructions: open frames with their memories, and the state. The driver can go back to it
 * from any other moment of the same message in the reference tier.
 */
export interface MachineSnapshot {
  /** Instructions begun. */
  readonly steps: number
  readonly denied: string
  readonly frames: readonly KeptFrame[]
  readonly memory: Pages
  readonly state: StateSnapshot
  /** What it takes to make it and to put it back, in pages of 4 kB or their like. */
  readonly cost: number
}

export const NO_MACHINE: MachineSnapshot = {
  ...{ steps: 0, denied: '', frames: [], memory: NO_PAGES, state: NO_STATE, cost: 0 },
}

/**
 * Takes a snapshot while a frame is open. The outermost `unchanged` frames have not run since `before`, an earlier one
 * of the same message. `state` is what the driver runs on; what it must be, `takeState` tells.
 */
export function takeMachine(
  driver: Driver,
  state: State,
  before: MachineSnapshot,
  unchanged: number,
): MachineSnapshot {
  const { frames, steps, denied } = driver
  const kept = frames.map((frame, i) => (i < unchanged ? before.frames[i] : keptFrame(frame)))
  const innermost = frames[frames.length - 1]
  const memory = takePages(halvesOf(innermost), usedBytes(innermost) / 4, before.memory)
  const taken = takeState(state, before.state)
  const cost = memory.pages.length + sizeOf(taken) + kept.length / 4
  return { steps, denied, frames: kept, memory, state: taken, cost }
}

export function putMachine(driver: Driver, state: State, { steps, denied, ...kept }: MachineSnapshot): void {
  const [{ frame: outermost }] = kept.frames
  const { frame: innermost } = kept.frames[kept.frames.length - 1]
  const { arena } = outermost
  const { frames } = driver
  if (frames.length > 0) arena.release(0, usedBytes(frames[frames.length - 1]))
  for (const frame of kept.frames) putFrame(frame)
  driver.open = kept.frames.length
  driver.steps = steps
  driver.denied = denied
  arena.reserve(usedBytes(innermost), 0)
  putPages(kept.memory, halvesOf(innermost))
  putState(state, kept.state)
}

function usedBytes({ memoryBase, memorySize }: Frame): number {
  return memoryBase + memorySize
}

function halvesOf({ arena: { bytes } }: Frame): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
}

/** Copies of calldata that lies in a sender's memory, by the view: a view of another message is another object. */
const inputs = new WeakMap<Uint8Array, Uint8Array>()

function inputOf(view: Uint8Array): Uint8Array {
  const known = inputs.get(view)
  if (known) return known
  const copy = view.slice()
  inputs.set(view, copy)
  inputs.set(copy, copy)
  return copy
}

function keptFrame(frame: Frame): KeptFrame {
  const { message, registers, stack, sp } = frame
  return {
    ...{ frame, message, fields: frameFields(frame), messageFields: messageFields(message) },
    ...{ stack: stack.slice(0, sp), registers: registers.slice() },
  }
}

function putFrame({ frame, message, fields, messageFields: sent, stack, registers }: KeptFrame): void {
  Object.assign(frame, fields)
  Object.assign(message, sent)
  frame.message = message
  frame.registers = registers.slice()
  for (let i = 0; i < stack.length; i++) frame.stack[i] = stack[i]
}

function frameFields(frame: Frame): FrameFields {
  const { env, program, opcodes, opcode, pc, stepsBefore, steps, self, caller, value, isStatic } = frame
  const { sp, gasLow, gasHigh, gasDenied, memoryBase, memorySize, returnData, output } = frame
  const { checkpoint, halt } = frame
  return {
    ...{ env, program, opcodes, opcode, pc, stepsBefore, steps, self, caller, value, isStatic },
    ...{ sp, gasLow, gasHigh, gasDenied, memoryBase, memorySize, returnData, output },
    ...{ checkpoint, halt, input: inputOf(frame.input) },
  }
}

function messageFields(message: Message): MessageFields {
  const { kind, depth, isStatic, caller, self, to, codeAddress, value, outOffset, outSize } = message
  const { gasLow, gasHigh, gasDenied } = message
  return {
    ...{ kind, depth, isStatic, caller, self, to, codeAddress, value, outOffset, outSize },
    ...{ gasLow, gasHigh, gasDenied, input: inputOf(message.input) },
  }
}
