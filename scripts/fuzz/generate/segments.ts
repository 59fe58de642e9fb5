import { pushAddress, pushOperand, pushOperands, type Scope } from './scope.ts'
import { anyWord, memoryOffset, memorySize, storageKey, storageValue } from './words.ts'

const PURE = [
  ...['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'ADDMOD', 'MULMOD', 'EXP', 'SIGNEXTEND', 'LT', 'GT'],
  ...['SLT', 'SGT', 'EQ', 'ISZERO', 'AND', 'OR', 'XOR', 'NOT', 'BYTE', 'SHL', 'SHR', 'SAR', 'CLZ'],
  ...['CALLDATALOAD', 'BLOBHASH'],
]

/** Arithmetic, comparison and bits: one to four of them. */
export function compute(scope: Scope) {
  const { random, code } = scope
  for (let i = random.between(1, 4); i > 0; i--) {
    const name = random.pick(PURE)
    if (!code.has(name)) continue
    pushOperands(scope, code.pops(name))
    code.op(name)
  }
}

/** DUP, SWAP, POP and plain pushes of every width. */
export function shuffle(scope: Scope) {
  const { random, code } = scope
  // Deep enough for DUP16 and SWAP16.
  if (random.oneIn(8)) for (let i = code.free; i < 17; i++) code.push(BigInt(i))
  for (let i = random.between(1, 5); i > 0; i--) {
    const choice = random.weighted({ push: 30, dup: 30, swap: 30, pop: 10 })
    if (choice === 'dup' && code.height > 0) code.dup(random.between(1, Math.min(16, code.height)))
    else if (choice === 'swap' && code.free > 1) code.swap(random.between(1, Math.min(16, code.free - 1)))
    else if (choice === 'pop' && code.free > 0) code.op('POP')
    else code.push(anyWord(random), random.below(random.oneIn(4) ? 32 : 1))
  }
}

/** Stores, loads and copies within a few hundred bytes, where ranges overlap. */
export function memory(scope: Scope) {
  const { random, code } = scope
  const pushOffset = () => code.push(memoryOffset(random))
  switch (
    random.weighted({ MSTORE: 30, MSTORE8: 15, MLOAD: 20, MCOPY: 15, CALLDATACOPY: 10, CODECOPY: 10 })
  ) {
    case 'MSTORE':
      pushOperand(scope)
      pushOffset()
      return code.op('MSTORE')
    case 'MSTORE8':
      pushOperand(scope)
      pushOffset()
      return code.op('MSTORE8')
    case 'MLOAD':
      pushOffset()
      return code.op('MLOAD')
    case 'MCOPY':
      if (!code.has('MCOPY')) return
      return copy(scope, 'MCOPY', memoryOffset(random))
    case 'CALLDATACOPY':
      return copy(scope, 'CALLDATACOPY', random.oneIn(10) ? anyWord(random) : BigInt(random.below(80)))
    case 'CODECOPY':
      return copy(scope, 'CODECOPY', random.oneIn(10) ? anyWord(random) : BigInt(random.below(200)))
  }
}

function copy({ random, code }: Scope, name: string, from: bigint): void {
  code.push(memorySize(random))
  code.push(from)
  code.push(memoryOffset(random))
  code.op(name)
}

/** SSTORE and SLOAD on few keys and values: every passage from original over current to new value. */
export function storage(scope: Scope): void {
  slots(scope, 'SSTORE', 'SLOAD')
}

/** TSTORE and TLOAD (EIP-1153). */
export function transient(scope: Scope): void {
  if (scope.code.has('TSTORE')) slots(scope, 'TSTORE', 'TLOAD')
}

function slots(scope: Scope, store: string, load: string): void {
  const { random, code } = scope
  const key = storageKey(random)
  for (let i = random.between(1, 3); i > 0; i--) {
    if (random.oneIn(3)) {
      code.push(key)
      code.op(load)
      continue
    }
    if (random.oneIn(4)) pushOperands(scope, 1)
    else code.push(storageValue(random))
    code.push(random.oneIn(4) ? storageKey(random) : key)
    code.op(store)
  }
}

/** What the block, the transaction and other accounts tell. */
export function lookUp(scope: Scope) {
  const { random, code, world } = scope
  const name = random.pick(['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH', 'EXTCODECOPY', 'BLOCKHASH', 'BALANCE'])
  if (!code.has(name)) return
  if (name === 'BLOCKHASH') {
    const number = world.blockNumber - BigInt(random.pick([-1, 0, 1, 2, 255, 256, 257]))
    code.push(number < 0n || random.oneIn(10) ? anyWord(random) : number)
    return code.op(name)
  }
  if (name === 'EXTCODECOPY') {
    code.push(memorySize(random))
    code.push(random.oneIn(10) ? anyWord(random) : BigInt(random.below(100)))
    code.push(memoryOffset(random))
  }
  pushAddress(scope)
  code.op(name)
}

/** KECCAK256 of a stretch of memory. */
export function hash({ random, code }: Scope) {
  code.push(memorySize(random))
  code.push(memoryOffset(random))
  code.op('KECCAK256')
}

/** LOG0 to LOG4. */
export function log(scope: Scope) {
  const { random, code } = scope
  const topics = random.below(5)
  pushOperands(scope, topics)
  code.push(memorySize(random))
  code.push(memoryOffset(random))
  code.op(`LOG${topics}`)
}

/** What ends the frame at once, or nearly: an undefined byte, too few operands, too many, a jump to nowhere. */
export function fault(scope: Scope) {
  const { random, code, world } = scope
  switch (random.weighted({ undefined: 30, underflow: 30, overflow: 10, jump: 20, pushData: 10 })) {
    case 'undefined': {
      const byte = random.below(256)
      if (!world.table.rows.has(byte)) code.code(byte)
      return
    }
    case 'underflow':
      return code.code(random.pick([0x01, 0x08, 0x20, 0x50, 0x8f, 0x9f, 0xa4, 0xf1, 0xf0, 0x55, 0x57]))
    case 'overflow': {
      // Fills the stack to one below, at or above its limit.
      const count = 1024 - code.height + random.between(-1, 1)
      code.push(1n)
      code.raw(new Uint8Array(Math.max(0, count - 1)).fill(0x80))
      code.raw(new Uint8Array(random.oneIn(2) ? 1010 : 0).fill(0x50))
      return
    }
    case 'jump':
      pushOperand(scope)
      return code.op(random.pick(['JUMP', 'JUMP', 'JUMPI']))
    case 'pushData':
      // The JUMPDEST is the immediate of a PUSH, so it is none.
      code.push(BigInt(code.sizeBytes + 5))
      code.op('JUMP')
      return code.raw([0x60, 0x5b, 0x60, 0x5b, 0x61, 0x5b, 0x5b])
  }
}
