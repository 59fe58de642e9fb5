/**
 * Room on the host's stack for the frames of all open messages together, in slots of 8 bytes. A frame takes a slot and
 * another to spare for each local and operand, and never less than a 1,024th of the room: so there are 1,024 calls at
 * the most, and half a megabyte of stack, of the 984 kB that is V8's default.
 */
export const FRAME_ROOM = 65536
const LEAST_FRAME = FRAME_ROOM / 1024
const FRAME_OVERHEAD = 24
/** Largest frame, in slots: four of them fit. */
export const FRAME_LIMIT = FRAME_ROOM / 4

/** Slots that a frame of a function takes. */
export function frameSlots(params: number, locals: number, height: number): number {
  return Math.max(LEAST_FRAME, FRAME_OVERHEAD + 2 * (params + locals + ADDED_LOCALS + height))
}

/** The gas that is left, and an i32, which metering adds. */
const ADDED_LOCALS = 2
