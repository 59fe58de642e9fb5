import { precompileInput } from './precompile-input.ts'
import { pushAddress, pushOperand, type Scope } from './scope.ts'
import { anyWord, memoryOffset, memorySize, storageKey } from './words.ts'
import { anyAddress } from './world.ts'

const CALLS = { CALL: 46, DELEGATECALL: 26, STATICCALL: 18, CALLCODE: 10 }

/** A region of memory. */
interface Region {
  readonly offset: bigint
  readonly size: bigint
}

/** Puts the bytes into memory, from behind the code. */
export function writeData({ code }: Scope, offset: bigint, bytes: Uint8Array) {
  code.push(BigInt(bytes.length))
  code.pushData(bytes)
  code.push(offset)
  code.op('CODECOPY')
}

/** A call to another account, with what its outcome is then used for. */
export function call(scope: Scope) {
  const { random, world } = scope
  // A loop multiplies what it calls.
  if (scope.loops > 0 && !random.oneIn(4)) return
  const target = anyAddress(random, world, random.oneIn(12) ? world.contracts : scope.callees)
  const isPrecompile = world.precompiles.includes(target)
  if (isPrecompile && scope.loops > 0 && target > 5n) return
  let input: Region = { offset: memoryOffset(random), size: memorySize(random) }
  if (isPrecompile && !random.oneIn(6)) {
    const bytes = precompileInput(random, target)
    input = { offset: BigInt(random.below(100)), size: BigInt(bytes.length) }
    writeData(scope, input.offset, bytes)
  }
  callTo(scope, () => pushAddress(scope, target), input, isPrecompile)
}

/** A call; `pushTarget` puts the address on the stack, above the operands pushed before it. */
export function callTo(scope: Scope, pushTarget: () => void, input: Region, isGenerous = false) {
  const { random, code } = scope
  const kind = random.weighted(CALLS)
  if (!code.has(kind)) return
  code.push(memorySize(random))
  code.push(memoryOffset(random))
  code.push(input.size)
  code.push(input.offset)
  if (kind === 'CALL' || kind === 'CALLCODE') pushValue(scope)
  pushTarget()
  pushGas(scope, isGenerous)
  code.op(kind)
  useResult(scope)
  if (random.oneIn(3)) readReturnData(scope)
  if (random.oneIn(3)) probe(scope)
}

/** Looks at what the callee may have left behind, above all if it failed and must have left nothing. */
function probe({ random, code }: Scope) {
  const getters = ['SLOAD', 'TLOAD', 'TLOAD', 'SLOAD', 'SELFBALANCE', 'MSIZE'].filter((name) =>
    code.has(name),
  )
  for (let i = random.between(1, 3); i > 0; i--) {
    const name = random.pick(getters)
    if (code.pops(name) > 0) code.push(BigInt(random.below(4)))
    code.op(name)
  }
}

/** A call to itself with all but a little gas: as deep as the gas goes, 1,024 frames before EIP-150. */
export function recurse(scope: Scope) {
  const { random, code } = scope
  const kind = random.pick(['CALL', 'CALLCODE', 'DELEGATECALL'])
  const operands = kind === 'DELEGATECALL' ? 4 : 5
  for (let i = 0; i < operands; i++) code.push(0n)
  code.op('ADDRESS')
  code.push(BigInt(random.pick([90, 150, 400])))
  code.op('GAS')
  code.op('SUB')
  code.op(code.has(kind) ? kind : 'CALL')
  useResult(scope)
}

function pushValue(scope: Scope) {
  const { random, code } = scope
  switch (random.weighted({ none: 65, small: 22, own: 5, any: 8 })) {
    case 'none':
      return code.push(0n)
    case 'small':
      return code.push(BigInt(random.below(5)))
    case 'own':
      code.op('ADDRESS')
      return code.op('BALANCE')
    case 'any':
      return pushOperand(scope)
  }
}

/** How much the callee may use: all but a little, a share, too little, or beyond what there can be. */
function pushGas(scope: Scope, isGenerous: boolean) {
  const { random, code } = scope
  switch (random.weighted({ all: isGenerous ? 200 : 10, rest: 8, share: 30, some: 40, few: 6, any: 3 })) {
    case 'all':
      // Before EIP-150 a call with all gas cannot be paid for.
      if (code.has('STATICCALL') || random.oneIn(5)) return code.op('GAS')
      return pushRest(scope)
    case 'rest':
      return pushRest(scope)
    case 'share':
      code.push(BigInt(random.between(2, 4)))
      code.op('GAS')
      return code.op('DIV')
    case 'some':
      return code.push(BigInt(random.between(700, 100_000)))
    case 'few':
      return code.push(BigInt(random.pick([0, 0, 1, 20, 2299, 2300, 2301])))
    case 'any':
      return code.push(anyWord(random))
  }
}

function pushRest({ random, code }: Scope) {
  code.push(BigInt(random.pick([100, 800, 2700, 9800, 34800, 45000])))
  code.op('GAS')
  code.op('SUB')
}

/** The word a call or creation left: kept, stored or dropped. */
function useResult({ random, code }: Scope) {
  switch (random.weighted({ keep: 45, store: 30, drop: 25 })) {
    case 'store':
      code.push(storageKey(random))
      return code.op('SSTORE')
    case 'drop':
      return code.op('POP')
  }
}

/** RETURNDATASIZE and RETURNDATACOPY (EIP-211), mostly within what there is. */
export function readReturnData({ random, code }: Scope): void {
  if (!code.has('RETURNDATASIZE')) return
  code.op('RETURNDATASIZE')
  switch (random.weighted({ all: 75, none: 17, some: 4, beyond: 2, any: 2 })) {
    case 'all':
      code.push(0n)
      break
    case 'none':
      // From the end on, nothing.
      code.push(0n)
      code.op('RETURNDATASIZE')
      break
    case 'some':
      code.op('POP')
      code.push(BigInt(random.below(33)))
      code.push(0n)
      break
    case 'beyond':
      code.push(1n)
      break
    case 'any':
      code.op('POP')
      code.push(memorySize(random))
      code.push(anyWord(random))
  }
  code.push(memoryOffset(random))
  code.op('RETURNDATACOPY')
}

/** CREATE or CREATE2 of the initcode, and what is done with the new account. */
export function createFrom(scope: Scope, initCode: Uint8Array): void {
  const { random, code } = scope
  const offset = BigInt(random.below(100))
  writeData(scope, offset, initCode)
  const hasSalt = code.has('CREATE2') && random.oneIn(2)
  // Few salts, so that a creation meets the contract of the one before.
  if (hasSalt) code.push(BigInt(random.below(2)))
  // The limit of EIP-3860 and one more, beside the true size.
  code.push(BigInt(random.oneIn(40) ? random.pick([49152, 49153]) : initCode.length))
  code.push(offset)
  code.push(random.oneIn(4) ? BigInt(random.below(5)) : random.oneIn(30) ? anyWord(random) : 0n)
  code.op(hasSalt ? 'CREATE2' : 'CREATE')
  const created = code.height
  if (random.oneIn(2)) {
    const input = { offset: memoryOffset(random), size: memorySize(random) }
    callTo(scope, () => copyFrom(scope, created), input)
  }
  if (random.oneIn(4)) {
    copyFrom(scope, created)
    code.op('EXTCODESIZE')
  }
  if (random.oneIn(3)) readReturnData(scope)
  if (code.height === created) useResult(scope)
}

/** A copy of the operand that was on top when the stack was `height` high. */
function copyFrom({ code }: Scope, height: number): void {
  code.dup(Math.min(16, Math.max(1, code.height - height + 1)))
}
