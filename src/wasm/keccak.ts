import { KECCAK_SCRATCH } from '../core/keccak-wasm.ts'
import {
  add32,
  and64,
  geU32,
  type I64,
  i32,
  i64,
  load8As64,
  load64,
  ltU32,
  ne32,
  or64,
  rotl64,
  shl64,
  sub32,
  TYPE_I32,
  TYPE_I64,
  xor64,
} from './expr.ts'
import type { FunctionBuilder, Local } from './function.ts'
import { type Callable, type Callables, ModuleBuilder } from './module.ts'

/** Bytes of a message that go into the sponge before each permutation: 1600 − 2·256 bits (FIPS 202 section 5). */
export const RATE_BYTES = 136

/** Where things lie in the scratch: 24 round constants, which `keccakOver` puts there, 25 lanes of state, the last block with its padding. */
const CONSTANTS = 0
const STATE = 192
const BLOCK = 392

const ROUNDS = 24
const LANES = 25
const COLUMNS = [0, 1, 2, 3, 4]
const ROWS = [0, 5, 10, 15, 20]

/**
 * Lanes that are kept inverted between rounds. With these, 17 of the 25 inversions of step χ cancel, since
 * ¬b ∧ c is ¬(b ∨ ¬c) and an inverted b serves as it is. Which ones cancel is worked out in `writeChi`.
 */
const INVERTED: ReadonlySet<number> = new Set([1, 2, 8, 12, 17, 20])

/** A lane at some point of a round, and whether it holds its value inverted. */
interface Lane {
  readonly value: I64
  readonly isInverted: boolean
}

/**
 * The module that src/core/keccak-wasm.ts instantiates, alone or in the memory of an engine; its bytes are kept in
 * src/core/keccak-module.ts, and its functions described there. They trap where a range lies outside of memory.
 */
export function keccakModule(): Uint8Array {
  const module = new ModuleBuilder()
  const { absorb, finish, hash } = writeKeccak(module)
  module.export('absorb', absorb)
  module.export('finish', finish)
  module.export('hash', hash)
  return module.build(1)
}

/** Writes the functions into a module, in whose memory the constants of the rounds must lie. */
export function writeKeccak(module: ModuleBuilder): Callables<'absorb' | 'finish' | 'hash'> {
  const absorb = writeAbsorb(module)
  const finish = writeFinish(module, absorb)
  const hash = module.function({ params: [TYPE_I32, TYPE_I32, TYPE_I32], results: [] })
  const [address, size, out] = hash.args
  hash.call(finish, [address, size, out, 1])
  return { absorb, finish, hash }
}

function writeAbsorb(module: ModuleBuilder): Callable {
  const f = module.function({ params: [TYPE_I32, TYPE_I32, TYPE_I32], results: [TYPE_I32] })
  const [address, size, isFirst] = f.args
  const state = Array.from({ length: LANES }, () => f.local(TYPE_I64))
  // In a local: shorter to write than the address.
  const kept = f.let(i32(KECCAK_SCRATCH + STATE))
  f.if(
    isFirst,
    () => {
      for (const lane of INVERTED) f.set(state[lane], -1n)
    },
    () => {
      for (const [lane, local] of state.entries()) f.set(local, load64(kept, 8 * lane))
    },
  )
  f.block((end) =>
    f.loop((next) => {
      f.brIf(end, ltU32(size, RATE_BYTES))
      for (let lane = 0; lane < RATE_BYTES / 8; lane++)
        f.set(state[lane], xor64(state[lane], load64(address, 8 * lane)))
      writePermutation(f, state)
      f.set(address, add32(address, RATE_BYTES))
      f.set(size, sub32(size, RATE_BYTES))
      f.br(next)
    }),
  )
  for (const [lane, local] of state.entries()) f.store64(kept, local, 8 * lane)
  f.return(size)
  return f
}

function writeFinish(module: ModuleBuilder, absorb: Callable): Callable {
  const f = module.function({ params: [TYPE_I32, TYPE_I32, TYPE_I32, TYPE_I32], results: [] })
  const [address, size, out, isFirst] = f.args
  f.if(geU32(size, RATE_BYTES), () => {
    const rest = f.local(TYPE_I32)
    f.call(absorb, [address, size, isFirst], [rest])
    f.set(address, add32(address, sub32(size, rest)))
    f.set(size, rest)
    f.set(isFirst, 0)
  })
  writeLastBlock(f, KECCAK_SCRATCH + BLOCK, address, size)
  const block = [KECCAK_SCRATCH + BLOCK, RATE_BYTES, isFirst]
  f.call(absorb, block, [size])
  for (const lane of [0, 1, 2, 3]) {
    const value = load64(KECCAK_SCRATCH, STATE + 8 * lane)
    f.store64(out, INVERTED.has(lane) ? not(value) : value, 8 * lane)
  }
  return f
}

/** Copies fewer than RATE_BYTES to `block` and pads them: 01, zeros, and the top bit of the last byte. */
function writeLastBlock(
  f: FunctionBuilder,
  block: number,
  address: Local<TYPE_I32>,
  size: Local<TYPE_I32>,
): void {
  const to = f.let(i32(block))
  f.block((end) =>
    f.loop((next) => {
      f.brIf(end, ltU32(size, 8))
      f.store64(to, load64(address))
      f.set(to, add32(to, 8))
      f.set(address, add32(address, 8))
      f.set(size, sub32(size, 8))
      f.br(next)
    }),
  )
  // The 0 to 7 bytes left, from the last to the first, below the padding: what lies past them is not ours to read.
  const lane = f.let(i64(1n))
  f.block((end) =>
    f.loop((next) => {
      f.brIf(end, ltU32(size, 1))
      f.set(size, sub32(size, 1))
      f.set(lane, or64(shl64(lane, 8n), load8As64(add32(address, size))))
      f.br(next)
    }),
  )
  f.loop((next) => {
    f.store64(to, lane)
    f.set(lane, 0n)
    f.set(to, add32(to, 8))
    f.brIf(next, ne32(to, block + RATE_BYTES))
  })
  const top = RATE_BYTES - 1
  f.store64(block, xor64(load64(block, top - 7), 1n << 63n), top - 7)
}

/** Keccak-f[1600] on the lanes. One round an iteration: unrolled further it ran slower. */
function writePermutation(f: FunctionBuilder, state: readonly Local<TYPE_I64>[]): void {
  const constant = f.let(i32(KECCAK_SCRATCH + CONSTANTS))
  f.loop((next) => {
    writeRound(f, state, load64(constant))
    f.set(constant, add32(constant, 8))
    f.brIf(next, ne32(constant, KECCAK_SCRATCH + CONSTANTS + 8 * ROUNDS))
  })
  f.release(constant)
}

/** One round (FIPS 202 section 3.2): θ, ρ, π, χ, ι. Lane (x, y) of the standard is lane x + 5·y here. */
function writeRound(f: FunctionBuilder, state: readonly Local<TYPE_I64>[], constant: I64): void {
  const start = state.map<Lane>((value, lane) => ({ value, isInverted: INVERTED.has(lane) }))
  const locals: Local[] = []
  const keep = ({ value, isInverted }: Lane): Lane => {
    const local = f.let(value)
    locals.push(local)
    return { value: local, isInverted }
  }

  const parities = COLUMNS.map((x) => keep(ROWS.map((y) => start[x + y]).reduce(xorLanes)))
  const changes = COLUMNS.map((x) => keep(xorLanes(parities[(x + 4) % 5], rotate(parities[(x + 1) % 5], 1))))

  const turned: Lane[] = []
  const offsets = rotations()
  for (let lane = 0; lane < LANES; lane++) {
    const [x, y] = [lane % 5, (lane - (lane % 5)) / 5]
    const to = y + 5 * ((2 * x + 3 * y) % 5)
    turned[to] = keep(rotate(xorLanes(start[lane], changes[x]), offsets[lane]))
  }

  for (const y of ROWS) {
    const row = turned.slice(y, y + 5)
    for (const x of COLUMNS) {
      const value = writeChi(row[x], row[(x + 1) % 5], row[(x + 2) % 5], INVERTED.has(x + y))
      f.set(state[x + y], x + y === 0 ? xor64(value, constant) : value)
    }
  }
  for (const local of locals) f.release(local)
}

/** a ⊕ (¬b ∧ c) of lanes that may be inverted, inverted itself where that is asked for, with one inversion at most. */
function writeChi(a: Lane, b: Lane, c: Lane, isInverted: boolean): I64 {
  const flips = a.isInverted !== isInverted
  if (b.isInverted && !c.isInverted) {
    const both = and64(b.value, c.value)
    return xor64(flips ? not(a.value) : a.value, both)
  }
  if (!b.isInverted && c.isInverted) {
    // ¬b ∧ c = ¬(b ∨ ¬c), and ¬c is what the lane holds.
    const either = or64(b.value, c.value)
    return xor64(flips ? a.value : not(a.value), either)
  }
  // One of them has the wrong sense. The form that inverts the result too is as cheap, so `flips` costs nothing.
  if (b.isInverted) return xor64(a.value, flips ? or64(not(b.value), c.value) : and64(b.value, not(c.value)))
  return xor64(a.value, flips ? or64(b.value, not(c.value)) : and64(not(b.value), c.value))
}

function not(value: I64): I64 {
  return xor64(value, -1n)
}

function xorLanes(a: Lane, b: Lane): Lane {
  return { value: xor64(a.value, b.value), isInverted: a.isInverted !== b.isInverted }
}

function rotate({ value, isInverted }: Lane, bits: number): Lane {
  return { value: rotl64(value, BigInt(bits)), isInverted }
}

/** By how many bits ρ rotates each lane (FIPS 202 section 3.2.2). */
function rotations(): number[] {
  const offsets = new Array<number>(LANES).fill(0)
  let [x, y] = [1, 0]
  for (let t = 0; t < LANES - 1; t++) {
    offsets[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  return offsets
}
