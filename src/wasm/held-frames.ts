import { DEPTH_LIMIT } from '../core/driver.ts'
import type { Frame } from '../core/frame.ts'
import { Halt, isExceptional, isSuccess } from '../core/halt.ts'
import type { Host } from '../core/host.ts'
import { CallKind, NO_BYTES, setCallContext } from '../core/message.ts'
import type { InstructionSet } from '../core/table.ts'
import type { FrameKeeper } from '../core/tier.ts'
import * as CELL from './cells.ts'
import type { FrameStack, Place } from './frame-stack.ts'
import type { KnownAccounts } from './known-accounts.ts'
import { ARENA, RETURNED, RETURNED_BYTES, WORD_BYTES } from './layout.ts'
import type { LinearArena } from './linear-arena.ts'
import type { LinearViews } from './linear-views.ts'
import * as RETURNED_IS from './returned-is.ts'

/**
 * Frames that the tier opens and leaves by itself, without the driver, for messages without value to accounts whose
 * code is known: no operand becomes a bigint and nothing is allocated. They are given to the driver when the host must
 * execute a row of one, or when the run is left while one is open. Accounts are learned only from messages that the
 * driver sends, so no entry of one changes its account while a frame of it is held.
 */
export class HeldFrames {
  readonly #views: LinearViews
  readonly #stack: FrameStack
  readonly #known: KnownAccounts
  readonly #arena: LinearArena
  #set!: InstructionSet
  #keeper!: FrameKeeper

  constructor(views: LinearViews, stack: FrameStack, known: KnownAccounts, arena: LinearArena) {
    this.#arena = arena
    this.#views = views
    this.#stack = stack
    this.#known = known
  }

  begin(set: InstructionSet, keeper: FrameKeeper): void {
    this.#set = set
    this.#keeper = keeper
  }

  /** Opens the frame that the cells tell (see ENTER), above the sender's; null where the driver must do it. */
  enter(sender: Place, host: Host): Place | null {
    const { cells } = this.#views
    const depth = sender.depth + 1
    if (depth > DEPTH_LIMIT) return null
    const sentFrom = cells[CELL.pc >> 2] - cells[CELL.codeBase >> 2]
    const { row, size } = this.#set.opcodes[sender.placed.program.bytes[sentFrom]]
    const callee = this.#known.callee(cells[CELL.callee >> 2])
    const place = this.#stack.at(depth)
    const below = cells[CELL.sp >> 2] - row.pops * WORD_BYTES
    if (!this.#stack.lay(place, callee.placed, below, 0)) return null

    const kind = cells[CELL.callKind >> 2] as CallKind
    place.kind = kind
    place.callee = callee
    setCallContext(place, kind, sender, callee.address, 0n)
    place.sentFrom = sentFrom
    place.output = cells[CELL.callOutput >> 2]
    place.outputSize = cells[CELL.callOutputSize >> 2]
    place.checkpoint = host.checkpoint()
    place.learned = this.#known.learned

    // The sender, as it will go on.
    cells[CELL.pc >> 2] += size
    cells[CELL.sp >> 2] = below
    cells[CELL.gas >> 2] = cells[CELL.gasKept >> 2]
    cells[(CELL.gas + 4) >> 2] = cells[(CELL.gasKept + 4) >> 2]
    this.#stack.save(sender)

    const own = place.cells
    // Where the sender has it, which changes nothing meanwhile.
    own[CELL.input >> 2] = cells[CELL.callInput >> 2]
    own[CELL.inputSize >> 2] = cells[CELL.callInputSize >> 2]
    const slots = ownsItsSlots(kind) ? callee : null
    own[CELL.gas >> 2] = cells[CELL.gasLent >> 2]
    own[(CELL.gas + 4) >> 2] = cells[(CELL.gasLent + 4) >> 2]
    own[CELL.memoryBase >> 2] = cells[CELL.memoryBase >> 2] + cells[CELL.memorySize >> 2]
    own[CELL.isStatic >> 2] = place.isStatic ? 1 : 0
    own[CELL.storageOwner >> 2] = slots ? slots.storageOwner : cells[CELL.storageOwner >> 2]
    own[CELL.transientOwner >> 2] = slots ? slots.transientOwner : cells[CELL.transientOwner >> 2]
    this.#stack.restore(place)
    this.#stack.setReturned(RETURNED_IS.copied, 0)
    return place
  }

  /**
   * The frame has ended: settles its message, as the driver does, and gives the sender's place, which goes on. Null,
   * nothing done, where the driver must do it.
   */
  leave(place: Place, host: Host, halt: Halt): Place | null {
    const { cells, bytes } = this.#views
    const stands = isSuccess(halt)
    const size = stands || halt === Halt.Revert ? cells[CELL.outputSize >> 2] : 0
    if (size > RETURNED_BYTES) return null
    if (!stands) {
      host.revert(place.checkpoint)
      this.#known.forgetSince(place.learned)
    }
    if (size > 0) {
      const from = cells[CELL.output >> 2]
      bytes.copyWithin(RETURNED, from, from + size)
      bytes.copyWithin(place.output, from, from + Math.min(size, place.outputSize))
    }
    const memorySize = cells[CELL.memorySize >> 2]
    if (memorySize > 0) {
      const memory = cells[CELL.memoryBase >> 2] - ARENA
      this.#arena.release(memory, memory + memorySize)
      cells[CELL.memoryEnd >> 2] = ARENA + this.#arena.presentBytes
    }
    if (ownsItsSlots(place.kind)) {
      place.callee.storageOwner = cells[CELL.storageOwner >> 2]
      place.callee.transientOwner = cells[CELL.transientOwner >> 2]
    }
    const gasLow = isExceptional(halt) ? 0 : cells[CELL.gas >> 2]
    const gasHigh = isExceptional(halt) ? 0 : cells[(CELL.gas + 4) >> 2]

    const sender = this.#stack.at(place.depth - 1)
    this.#stack.restore(sender)
    this.#addGas(gasLow, gasHigh)
    this.#views.writeSmall(cells[CELL.sp >> 2] >> 2, stands ? 1 : 0)
    cells[CELL.sp >> 2] += WORD_BYTES
    this.#stack.setReturned(RETURNED_IS.here, size)
    return sender
  }

  /** Gives the driver the frames above the innermost one that it knows of. Gives the innermost of them. */
  release(known: Frame, innermost: Place): Frame {
    let frame = known
    while (frame.depth < innermost.depth) {
      const sender = this.#stack.at(frame.depth)
      const place = this.#stack.at(frame.depth + 1)
      this.#stack.readCells(sender.cells, frame, sender)
      frame.opcode = frame.opcodes[sender.placed.program.bytes[place.sentFrom]]
      frame = this.#adopt(frame, place)
    }
    return frame
  }

  #adopt(sender: Frame, place: Place): Frame {
    const { kind, callee, output, outputSize } = place
    const message = sender.pending
    const input = place.cells[CELL.input >> 2]
    const inputSize = place.cells[CELL.inputSize >> 2]
    message.kind = kind
    message.depth = place.depth
    setCallContext(message, kind, sender, callee.address, 0n)
    message.to = callee.address
    message.codeAddress = callee.address
    message.input = inputSize === 0 ? NO_BYTES : this.#views.bytes.subarray(input, input + inputSize)
    message.outOffset = output - ARENA - sender.memoryBase
    message.outSize = outputSize
    const frame = this.#keeper.adopt(message, callee.placed.program, place.checkpoint)
    place.viewer = frame
    return frame
  }

  /** Adds halves of an amount of gas to that of the frame that runs. */
  #addGas(low: number, high: number): void {
    const { cells } = this.#views
    const sum = (cells[CELL.gas >> 2] >>> 0) + (low >>> 0)
    cells[CELL.gas >> 2] = sum
    cells[(CELL.gas + 4) >> 2] += high + (sum >= 2 ** 32 ? 1 : 0)
  }
}

/** Whether the code works on the slots of the account that it belongs to. */
function ownsItsSlots(kind: CallKind): boolean {
  return kind === CallKind.Call || kind === CallKind.StaticCall
}
