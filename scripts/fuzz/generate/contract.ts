import type { Random } from '../random.ts'
import { call, createFrom, readReturnData, recurse } from './calls.ts'
import { CodeWriter } from './code-writer.ts'
import { branch, end, loop } from './flow.ts'
import type { Scope } from './scope.ts'
import { compute, fault, hash, log, lookUp, memory, shuffle, storage, transient } from './segments.ts'
import type { World } from './world.ts'

/** Initcodes within initcodes, at most. */
const NESTING_LIMIT = 2
/** Loops within loops, at most; and branches and loops within each other. */
const LOOP_LIMIT = 2
const BLOCK_LIMIT = 5
/** The stack is kept about this high: high enough for DUP16, low enough to go on. */
const HIGH = 24

/** How often each kind of segment comes. */
const WEIGHTS = {
  ...{ compute: 24, shuffle: 8, memory: 16, storage: 14, transient: 9, lookUp: 8, hash: 5, log: 5 },
  ...{ call: 18, create: 4, returnData: 4, branch: 8, loop: 4, fault: 0.5, recurse: 0.05 },
}
/** What is otherwise in a program that writes nothing itself. */
const READER = { storage: 0, transient: 0, log: 0, create: 0, call: 50 }
type Kind = keyof typeof WEIGHTS
type Weights = Record<Kind, number>

/** Writes a segment; a branch or loop asks for what goes inside. */
const SEGMENTS: Readonly<Record<Kind, (scope: Scope, body: (inner: Scope) => void) => void>> = {
  ...{ compute, shuffle, memory, storage, transient, lookUp, hash, log, fault, call, create, recurse },
  returnData: readReturnData,
  branch: (scope, body) => {
    if (scope.blocks < BLOCK_LIMIT) branch(scope, body)
  },
  loop: (scope, body) => {
    if (scope.blocks < BLOCK_LIMIT && scope.loops < LOOP_LIMIT) loop(scope, body)
  },
}

/** The program of a contract. */
export function contractCode(random: Random, world: World, contract: bigint): Uint8Array {
  if (random.oneIn(60)) return random.bytes(random.between(1, 200))
  if (random.oneIn(hasBoundedLending(world) ? 500 : 40) && !world.isRich) return abyss(random, world)
  if (random.oneIn(200)) return Uint8Array.of(0xef, random.below(2), random.below(3), ...random.bytes(20))
  const callees = world.contracts.slice(world.contracts.indexOf(contract) + 1)
  return program(newScope(random, world, 0, callees), random.between(3, 24))
}

/** A call to itself and little else, which reaches the deepest frame there can be. */
function abyss(random: Random, world: World): Uint8Array {
  const scope = newScope(random, world, 0, [])
  recurse(scope)
  end(scope, false)
  return scope.code.finish()
}

/** Whether a frame must keep a 64th of its gas (EIP-150), so that calls end long before the depth limit. */
function hasBoundedLending({ table }: World): boolean {
  return table.deltas.some(({ eip }) => eip === 150)
}

/** Initcode: code that returns a program, or just any program. */
export function initCode(
  random: Random,
  world: World,
  nesting: number,
  callees: readonly bigint[] = world.contracts,
): Uint8Array {
  const scope = newScope(random, world, nesting, callees)
  switch (random.weighted({ deploys: 60, any: 20, empty: 4, odd: 16 })) {
    case 'deploys':
      return deployer(scope)
    case 'any':
      return program(scope, random.between(1, 12))
    case 'empty':
      return new Uint8Array(0)
    case 'odd':
      return oddInitCode(random, world)
  }
}

function newScope(random: Random, world: World, nesting: number, callees: readonly bigint[]): Scope {
  const code = new CodeWriter(world.table)
  return { random, world, code, callees, isReader: random.oneIn(5), nesting, blocks: 0, loops: 0 }
}

function program(scope: Scope, length: number): Uint8Array {
  write(scope, length, flavour(scope))
  // Some programs do much and then fail, so that all of it must be undone.
  end(scope, scope.random.oneIn(5))
  return scope.code.finish()
}

/** Each program has a character: some kinds of segment come often in it, some not at all. */
function flavour({ random, world, isReader }: Scope): Weights {
  const weights = { ...WEIGHTS, ...(isReader && READER) }
  for (const kind of Object.keys(weights) as Kind[]) weights[kind] *= random.pick([0, 1, 1, 1, 3])
  return { ...weights, compute: weights.compute + 1, recurse: world.isRich ? 0 : weights.recurse }
}

function write(scope: Scope, length: number, weights: Weights): void {
  const { random, code } = scope
  const body = (inner: Scope) => write(inner, random.between(1, 4), weights)
  for (let i = 0; i < length; i++) {
    SEGMENTS[random.weighted(weights)](scope, body)
    if (code.free > HIGH) code.level(code.height - 8)
  }
}

function create(scope: Scope): void {
  const { random, world, nesting, callees } = scope
  if (nesting < NESTING_LIMIT) createFrom(scope, initCode(random, world, nesting + 1, callees))
}

/** Initcode that runs a little and then returns a program that lies behind it. */
function deployer(scope: Scope): Uint8Array {
  const { random, world, nesting, callees, code } = scope
  const inner = newScope(random, world, nesting, callees)
  const runtime = random.oneIn(5) ? random.bytes(random.below(80)) : program(inner, random.between(1, 8))
  if (random.oneIn(3)) write(scope, random.between(1, 4), flavour(scope))
  code.push(BigInt(runtime.length))
  code.pushData(runtime)
  code.push(0n)
  code.op('CODECOPY')
  code.push(BigInt(runtime.length))
  code.push(0n)
  code.op('RETURN')
  return code.finish()
}

/** Initcode at the edges of the rules: code too long or of a forbidden kind, an end without code. */
function oddInitCode(random: Random, world: World): Uint8Array {
  const code = new CodeWriter(world.table)
  switch (random.weighted({ long: 20, forbidden: 25, destroys: 30, reverts: 25 })) {
    case 'long':
      code.push(BigInt(random.pick([24575, 24576, 24577])))
      code.push(0n)
      code.op('RETURN')
      break
    case 'forbidden':
      // As the initcode itself, or as the code it returns (EIP-3541).
      if (random.oneIn(3)) return Uint8Array.of(0xef, random.below(2), 0)
      code.push(0xefn)
      code.push(0n)
      code.op('MSTORE8')
      code.push(BigInt(random.between(0, 3)))
      code.push(0n)
      code.op('RETURN')
      break
    case 'destroys':
      code.op(random.pick(['CALLER', 'ADDRESS', 'ORIGIN', 'COINBASE']))
      code.op('SELFDESTRUCT')
      break
    case 'reverts':
      code.push(BigInt(random.below(64)))
      code.push(0n)
      code.op('REVERT')
  }
  return code.finish()
}
