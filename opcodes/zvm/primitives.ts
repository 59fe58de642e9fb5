import type { NativeCrypto } from '../../src/core/crypto.ts'
import type { Frame } from '../../src/core/frame.ts'

/** The primitives of a frame: those that run the native set have all of them (`Delta.needs`). */
export function primitivesOf(frame: Frame): NativeCrypto {
  return frame.world.crypto as NativeCrypto
}
