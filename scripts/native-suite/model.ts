/**
 * The native instruction set a second time, written from its definition alone and for nothing but clarity: frames
 * recurse, a revert restores a copy of the world. It shares no line with the engine that it judges.
 */
import { bytesOf, encodeRlp, integerOf, keccak, trimmed } from './encoding.ts'
import { P256_ORDER, primitives } from './primitives.ts'
import { type Account, copyWorld, emptyAccount, type World } from './world.ts'

const WORD = 1n << 256n
const TOP = WORD >> 1n
const ADDRESS = (1n << 160n) - 1n

/** What the block and the transaction tell. */
export interface Setting {
  readonly origin: bigint
  readonly gasPrice: bigint
  readonly chainId: bigint
  readonly coinbase: bigint
  readonly timestamp: bigint
  readonly number: bigint
  readonly difficulty: bigint
  readonly prevRandao: bigint
  readonly gasLimit: bigint
  readonly baseFee: bigint
}

/** A frame's end: `ok` keeps its changes, `revert` keeps its gas, `trap` burns it. */
export interface Ended {
  readonly end: 'ok' | 'revert' | 'trap'
  readonly gas: bigint
  readonly output: Uint8Array
}

interface Call {
  readonly code: Uint8Array
  readonly self: bigint
  readonly caller: bigint
  readonly value: bigint
  readonly input: Uint8Array
  readonly gas: bigint
  readonly isStatic: boolean
  readonly depth: number
}

class Trap extends Error {}

const wrap = (value: bigint) => ((value % WORD) + WORD) % WORD
const signed = (word: bigint) => (word >= TOP ? word - WORD : word)
const flag = (holds: boolean) => (holds ? 1n : 0n)
const min = (a: bigint, b: bigint) => (a < b ? a : b)
const words = (size: bigint) => (size + 31n) / 32n

/** Bytes of `source` from an offset on, zeros beyond its end. */
function slice(source: Uint8Array, from: bigint, size: bigint): Uint8Array {
  const out = new Uint8Array(Number(size))
  if (from < BigInt(source.length)) out.set(source.subarray(Number(from), Number(from + size)))
  return out
}

/** Bytes that follow an opcode. */
const IMMEDIATES = new Map([
  ...[0x11, 0x20, 0x21, 0x23, 0x24].map((code) => [code, 1] as const),
  ...([
    [0x12, 2],
    [0xd0, 2],
    [0x13, 4],
    [0x14, 8],
    [0x15, 16],
    [0x16, 32],
    [0x22, 20],
  ] as const),
])

/** What is refused in a static frame; CALL is, too, where it sends value. */
const WRITERS = new Set([
  ...[0x91, 0x93, 0xaa, 0xab, 0xac, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc],
  ...[0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea],
])

const PRECOMPILES = new Map<bigint, { gas(size: bigint): bigint; run(input: Uint8Array): Uint8Array }>([
  [2n, { gas: (size) => 60n + 12n * words(size), run: primitives.sha256 }],
  [4n, { gas: (size) => 15n + 3n * words(size), run: (input) => input.slice() }],
])

/** Runs messages over a world. */
export class Machine {
  world: World
  readonly setting: Setting
  steps = 0n

  constructor(world: World, setting: Setting) {
    this.world = world
    this.setting = setting
  }

  account(address: bigint): Account {
    const known = this.world.accounts.get(address)
    if (known) return known
    const made = emptyAccount()
    this.world.accounts.set(address, made)
    return made
  }

  /** Sends value, runs precompile or code, and takes everything back where that does not succeed. */
  message(call: Call, sends: bigint, codeAddress: bigint | null): Ended {
    const before = copyWorld(this.world)
    if (sends > 0n) {
      this.account(call.caller).balance -= sends
      this.account(call.self).balance += sends
    }
    const precompile = codeAddress === null ? undefined : PRECOMPILES.get(codeAddress)
    // Where there is no code, no instruction begins.
    const nothing: Ended = { end: 'ok', gas: call.gas, output: new Uint8Array(0) }
    const run = () => (call.code.length === 0 ? nothing : new Run(this, call).run())
    const ended = precompile ? this.#precompile(precompile, call) : run()
    if (ended.end !== 'ok') this.world = before
    return ended
  }

  #precompile(
    precompile: { gas(size: bigint): bigint; run(input: Uint8Array): Uint8Array },
    call: Call,
  ): Ended {
    const price = precompile.gas(BigInt(call.input.length))
    if (price > call.gas) return { end: 'trap', gas: 0n, output: new Uint8Array(0) }
    return { end: 'ok', gas: call.gas - price, output: precompile.run(call.input) }
  }
}

/** One frame. */
class Run {
  readonly m: Machine
  readonly call: Call
  gas: bigint
  pc = 0
  readonly stack: bigint[] = []
  memory = new Uint8Array(0)
  readonly registers = Array<bigint>(16).fill(0n)
  returned: Uint8Array = new Uint8Array(0)
  readonly landings = new Set<bigint>()
  ended: Ended | null = null

  constructor(machine: Machine, call: Call) {
    this.m = machine
    this.call = call
    this.gas = call.gas
    for (let at = 0; at < call.code.length; at += 1 + (IMMEDIATES.get(call.code[at]) ?? 0))
      if (call.code[at] === 0xa3) this.landings.add(BigInt(at))
  }

  run(): Ended {
    try {
      while (!this.ended) this.step()
      return this.ended
    } catch (error) {
      if (!(error instanceof Trap)) throw error
      return { end: 'trap', gas: 0n, output: new Uint8Array(0) }
    }
  }

  trap(): never {
    throw new Trap()
  }

  pop(): bigint {
    return this.stack.pop() ?? this.trap()
  }

  push(word: bigint): void {
    if (this.stack.length === 1024) this.trap()
    this.stack.push(word)
  }

  charge(gas: bigint): void {
    if (gas > this.gas) this.trap()
    this.gas -= gas
  }

  /** Pays for memory up to the end of a range and makes it present. */
  reach(offset: bigint, size: bigint): void {
    if (size === 0n) return
    const price = (count: bigint) => 3n * count + (count * count) / 512n
    const now = BigInt(this.memory.length) / 32n
    const wanted = words(offset + size)
    if (wanted <= now) return
    this.charge(price(wanted) - price(now))
    const grown = new Uint8Array(Number(wanted) * 32)
    grown.set(this.memory)
    this.memory = grown
  }

  view(offset: bigint, size: bigint): Uint8Array {
    this.reach(offset, size)
    return size === 0n ? new Uint8Array(0) : this.memory.slice(Number(offset), Number(offset + size))
  }

  put(offset: bigint, bytes: Uint8Array): void {
    if (bytes.length > 0) this.memory.set(bytes, Number(offset))
  }

  immediate(size: number): bigint {
    return integerOf(slice(this.call.code, BigInt(this.pc - size), BigInt(size)))
  }

  step(): void {
    const code = this.pc < this.call.code.length ? this.call.code[this.pc] : 0
    this.m.steps++
    const size = IMMEDIATES.get(code) ?? 0
    const at = this.pc
    this.pc += 1 + size
    if (this.call.isStatic && WRITERS.has(code)) this.trap()
    if (code >= 0x10 && code <= 0x24) this.stackRow(code, size)
    else if (code >= 0x30 && code <= 0x3a) this.arithmetic(code)
    else if (code >= 0x50 && code <= 0x5d) this.logic(code)
    else if (code >= 0x70 && code <= 0x77) this.crypto(code)
    else if (code >= 0x80 && code <= 0x84) this.memoryRow(code)
    else if (code >= 0x90 && code <= 0x93) this.storage(code)
    else if (code >= 0xa4 && code <= 0xa7) this.send(code)
    else if (code === 0xab || code === 0xac) this.create(code)
    else if (code >= 0xb0 && code <= 0xbf) this.environment(code)
    else if (code >= 0xc0 && code <= 0xc9) this.block(code)
    else if (code >= 0xf0 && code <= 0xf3) this.postQuantum(code)
    else if (code >= 0xf8 && code <= 0xfc) this.log(code - 0xf8)
    else this.other(code, at)
  }

  stackRow(code: number, size: number): void {
    const gas = code === 0x10 || code === 0x23 || code === 0x24 ? 2n : 3n
    const copy = (n: number) => {
      if (n < 1 || n > this.stack.length) this.trap()
      this.push(this.stack[this.stack.length - n])
    }
    const swap = (n: number) => {
      const top = this.stack.length - 1
      if (n < 1 || top - n < 0) this.trap()
      ;[this.stack[top], this.stack[top - n]] = [this.stack[top - n], this.stack[top]]
    }
    this.charge(gas)
    const operand = size > 0 ? this.immediate(size) : 0n
    if (code === 0x10) this.pop()
    else if (code <= 0x16 || code === 0x22) this.push(operand)
    else if (code <= 0x1a) copy(code - 0x16)
    else if (code <= 0x1e) swap(code - 0x1a)
    else if (code === 0x20) copy(Number(operand))
    else if (code === 0x21) swap(Number(operand))
    else if (code === 0x23) this.push(operand < 16n ? this.registers[Number(operand)] : this.trap())
    else if (code === 0x24) {
      const word = this.pop()
      if (operand > 15n) this.trap()
      this.registers[Number(operand)] = word
    } else this.trap()
  }

  arithmetic(code: number): void {
    const isModular = code === 0x37 || code === 0x38
    const [a, b] = [this.pop(), this.pop()]
    const n = isModular ? this.pop() : 0n
    const [x, y] = [signed(a), signed(b)]
    this.charge([3n, 3n, 5n, 5n, 5n, 5n, 5n, 8n, 8n, 10n, 5n][code - 0x30])
    if (code === 0x39) this.charge(50n * BigInt(b === 0n ? 0 : Math.ceil(b.toString(2).length / 8)))
    const meaning: (() => bigint)[] = [
      () => a + b,
      () => a - b,
      () => a * b,
      () => (b === 0n ? 0n : a / b),
      () => (y === 0n ? 0n : x / y),
      () => (b === 0n ? 0n : a % b),
      () => (y === 0n ? 0n : x % y),
      () => (n === 0n ? 0n : (a + b) % n),
      () => (n === 0n ? 0n : (a * b) % n),
      () => power(a, b),
      () => (a > 30n ? b : BigInt.asIntN(8 * (Number(a) + 1), b)),
    ]
    this.push(wrap(meaning[code - 0x30]()))
  }

  logic(code: number): void {
    const isUnary = code === 0x55 || code === 0x59
    const a = this.pop()
    const b = isUnary ? 0n : this.pop()
    this.charge(code >= 0x5b ? 8n : 3n)
    const meaning: (() => bigint)[] = [
      () => flag(a < b),
      () => flag(a > b),
      () => flag(signed(a) < signed(b)),
      () => flag(signed(a) > signed(b)),
      () => flag(a === b),
      () => flag(a === 0n),
      () => a & b,
      () => a | b,
      () => a ^ b,
      () => WORD - 1n - a,
      () => (a > 31n ? 0n : (b / 256n ** (31n - a)) % 256n),
      () => (a > 255n ? 0n : b * 2n ** a),
      () => (a > 255n ? 0n : b / 2n ** a),
      () => (signed(b) < 0n ? -1n - (-1n - signed(b)) / 2n ** min(a, 256n) : b / 2n ** min(a, 256n)),
    ]
    this.push(wrap(meaning[code - 0x50]()))
  }

  crypto(code: number): void {
    if (code <= 0x74) {
      const [offset, size] = [this.pop(), this.pop()]
      this.charge([30n, 60n, 600n, 30n, 30n][code - 0x70])
      this.charge([6n, 12n, 120n, 6n, 6n][code - 0x70] * words(size))
      const { sha256, ripemd160, blake2b, blake3 } = primitives
      const hash = [keccak, sha256, ripemd160, blake2b, blake3][code - 0x70]
      this.push(integerOf(hash(this.view(offset, size))))
    } else if (code === 0x75) {
      const [digest, v, r, s] = [this.pop(), this.pop(), this.pop(), this.pop()]
      this.charge(3000n)
      this.push(v === 27n || v === 28n ? primitives.recover(bytesOf(digest, 32), Number(v - 27n), r, s) : 0n)
    } else if (code === 0x76) {
      const [key, at, offset, size] = [this.pop(), this.pop(), this.pop(), this.pop()]
      this.charge(2000n)
      this.reach(at, 64n)
      this.reach(offset, size)
      this.push(flag(primitives.ed25519(bytesOf(key, 32), this.view(at, 64n), this.view(offset, size))))
    } else {
      const [digest, r, s, x, y] = [this.pop(), this.pop(), this.pop(), this.pop(), this.pop()]
      this.charge(6900n)
      const isPossible = r > 0n && s > 0n && r < P256_ORDER && s < P256_ORDER
      this.push(flag(isPossible && primitives.p256(bytesOf(digest, 32), r, s, x, y)))
    }
  }

  memoryRow(code: number): void {
    if (code === 0x83) {
      this.charge(3n)
      this.push(BigInt(this.memory.length))
      return
    }
    const to = this.pop()
    const second = code === 0x80 ? 0n : this.pop()
    const size = code === 0x84 ? this.pop() : 0n
    this.charge(3n)
    if (code === 0x80) this.push(integerOf(this.view(to, 32n)))
    else if (code === 0x81 || code === 0x82) {
      const bytes = code === 0x81 ? bytesOf(second, 32) : bytesOf(second % 256n, 1)
      this.reach(to, BigInt(bytes.length))
      this.put(to, bytes)
    } else {
      this.charge(3n * words(size))
      const bytes = this.view(second, size)
      this.reach(to, size)
      this.put(to, bytes)
    }
  }

  storage(code: number): void {
    const { world } = this.m
    const key = this.pop()
    const value = code === 0x91 || code === 0x93 ? this.pop() : 0n
    const name = `${this.call.self} ${key}`
    if (code === 0x91 && this.gas <= 2300n) this.trap()
    this.charge(100n)
    if (code === 0x92) this.push(world.transient.get(name) ?? 0n)
    else if (code === 0x93) world.transient.set(name, value)
    else {
      const isCold = !world.warmSlots.has(name)
      world.warmSlots.add(name)
      const { storage } = this.m.account(this.call.self)
      const current = storage.get(key) ?? 0n
      if (code === 0x90) {
        if (isCold) this.charge(2000n)
        this.push(current)
      } else this.store(name, key, value, current, isCold)
    }
  }

  /** The price of a store, its base of 100 paid already, and its refund (EIP-2200, 2929, 3529). */
  store(name: string, key: bigint, value: bigint, current: bigint, isCold: boolean): void {
    const { world } = this.m
    const original = world.originals.get(name) ?? 0n
    const isFirst = original === current
    const price = value === current || !isFirst ? 100n : original === 0n ? 20000n : 2900n
    this.charge(price - 100n + (isCold ? 2100n : 0n))
    if (value === current) return
    if (original !== 0n && current === 0n) world.refund -= 4800n
    if (original !== 0n && value === 0n) world.refund += 4800n
    if (!isFirst && value === original) world.refund += original === 0n ? 19900n : 2800n
    const { storage } = this.m.account(this.call.self)
    if (value === 0n) storage.delete(key)
    else storage.set(key, value)
  }

  /** Marks an account met; whether it had not been. */
  meets(address: bigint): boolean {
    const { warm } = this.m.world
    if (warm.has(address)) return false
    warm.add(address)
    return true
  }

  isDead(address: bigint): boolean {
    const { nonce, balance, code } = this.m.account(address)
    return nonce === 0n && balance === 0n && code.length === 0
  }

  send(code: number): void {
    const takesValue = code <= 0xa5
    const [asked, to] = [this.pop(), this.pop() & ADDRESS]
    const value = takesValue ? this.pop() : 0n
    const [inOffset, inSize, outOffset, outSize] = [this.pop(), this.pop(), this.pop(), this.pop()]
    this.charge(100n)
    if (code === 0xa4 && value > 0n && this.call.isStatic) this.trap()
    this.reach(inOffset, inSize)
    this.reach(outOffset, outSize)
    if (this.meets(to)) this.charge(2500n)
    if (value > 0n) this.charge(9000n)
    if (code === 0xa4 && value > 0n && this.isDead(to)) this.charge(25000n)
    const lent = min(asked, this.gas - this.gas / 64n)
    this.charge(lent)
    const gas = lent + (value > 0n ? 2300n : 0n)
    const { self, caller, depth } = this.call
    const isBorrowed = code === 0xa5 || code === 0xa6
    const call: Call = {
      code: this.m.account(to).code,
      self: isBorrowed ? self : to,
      caller: code === 0xa6 ? caller : self,
      value: code === 0xa6 ? this.call.value : value,
      input: this.view(inOffset, inSize),
      gas,
      isStatic: this.call.isStatic || code === 0xa7,
      depth: depth + 1,
    }
    const isPossible = depth < 1024 && this.m.account(self).balance >= value
    const refused: Ended = { end: 'revert', gas, output: new Uint8Array(0) }
    const ended = isPossible ? this.m.message(call, code === 0xa4 ? value : 0n, to) : refused
    this.gas += ended.gas
    this.returned = ended.output
    this.put(outOffset, ended.output.subarray(0, Number(min(outSize, BigInt(ended.output.length)))))
    this.push(flag(ended.end === 'ok'))
  }

  create(code: number): void {
    const [value, offset, size] = [this.pop(), this.pop(), this.pop()]
    const salt = code === 0xac ? this.pop() : 0n
    this.charge(32000n)
    if (size > 0xc000n) this.trap()
    this.charge((code === 0xac ? 8n : 2n) * words(size))
    const initcode = this.view(offset, size)
    this.returned = new Uint8Array(0)
    const { self, depth } = this.call
    const creator = this.m.account(self)
    if (depth >= 1024 || creator.balance < value) {
      this.push(0n)
      return
    }
    const gas = this.gas - this.gas / 64n
    this.charge(gas)
    const plain = () => encodeRlp([bytesOf(self, 20), trimmed(creator.nonce)])
    const salted = () =>
      Buffer.concat([Uint8Array.of(0xff), bytesOf(self, 20), bytesOf(salt, 32), keccak(initcode)])
    const address = integerOf(keccak(code === 0xac ? salted() : plain())) & ADDRESS
    creator.nonce++
    this.meets(address)
    const there = this.m.account(address)
    if (there.nonce > 0n || there.code.length > 0) {
      this.push(0n)
      return
    }
    const ended = this.#deploy(address, { value, initcode, gas, depth })
    this.gas += ended.gas
    this.returned = ended.end === 'revert' ? ended.output : new Uint8Array(0)
    this.push(ended.end === 'ok' ? address : 0n)
  }

  #deploy(address: bigint, made: { value: bigint; initcode: Uint8Array; gas: bigint; depth: number }): Ended {
    const { value, initcode, gas, depth } = made
    const before = copyWorld(this.m.world)
    const account = this.m.account(address)
    account.nonce = 1n
    this.m.world.created.add(address)
    const common = { self: address, caller: this.call.self, value, input: new Uint8Array(0) }
    const ended = this.m.message(
      { ...common, code: initcode, gas, isStatic: false, depth: depth + 1 },
      value,
      null,
    )
    const price = 200n * BigInt(ended.output.length)
    const { output } = ended
    const isGood = output.length <= 0x6000 && output[0] !== 0xef && price <= ended.gas
    if (ended.end === 'ok' && isGood) {
      this.m.account(address).code = output
      return { ...ended, gas: ended.gas - price }
    }
    this.m.world = before
    return ended.end === 'ok' ? { end: 'trap', gas: 0n, output: new Uint8Array(0) } : ended
  }

  environment(code: number): void {
    const { call, m } = this
    const isCopy = code === 0xb7 || code === 0xb9 || code === 0xbc || code === 0xbe
    if (isCopy) {
      this.copy(code)
      return
    }
    const takesOne = [0xb1, 0xb5, 0xbb, 0xbf].includes(code)
    const operand = takesOne ? this.pop() : 0n
    this.charge(code === 0xb5 ? 3n : code === 0xbb || code === 0xbf ? 100n : 2n)
    const account = operand & ADDRESS
    if (code === 0xb1) this.charge(this.meets(account) ? 2598n : 98n)
    if ((code === 0xbb || code === 0xbf) && this.meets(account)) this.charge(2500n)
    const meaning: Record<number, () => bigint> = {
      176: () => call.self,
      177: () => m.account(account).balance,
      178: () => m.setting.origin,
      179: () => call.caller,
      180: () => call.value,
      181: () => integerOf(slice(call.input, operand, 32n)),
      182: () => BigInt(call.input.length),
      184: () => BigInt(call.code.length),
      186: () => m.setting.gasPrice,
      187: () => BigInt(m.account(account).code.length),
      189: () => BigInt(this.returned.length),
      191: () => (this.isDead(account) ? 0n : integerOf(keccak(m.account(account).code))),
    }
    this.push(meaning[code]())
  }

  copy(code: number): void {
    const account = code === 0xbc ? this.pop() & ADDRESS : 0n
    const [to, from, size] = [this.pop(), this.pop(), this.pop()]
    this.charge(3n)
    if (code === 0xbc) this.charge(this.meets(account) ? 2597n : 97n)
    this.charge(3n * words(size))
    this.reach(to, size)
    if (code === 0xbe && from + size > BigInt(this.returned.length)) this.trap()
    const foreign = () => this.m.account(account).code
    const source =
      code === 0xb7
        ? this.call.input
        : code === 0xb9
          ? this.call.code
          : code === 0xbe
            ? this.returned
            : foreign()
    this.put(to, slice(source, from, size))
  }

  block(code: number): void {
    const { setting } = this.m
    const number = code === 0xc0 ? this.pop() : 0n
    this.charge(code === 0xc0 ? 20n : 2n)
    const isRecent = number < setting.number && number + 256n >= setting.number
    const hash = () => (isRecent ? integerOf(keccak(new TextEncoder().encode(String(number)))) : 0n)
    const { coinbase, timestamp, difficulty, prevRandao, gasLimit, chainId, baseFee } = setting
    const own = this.m.account(this.call.self).balance
    const fixed = [
      coinbase,
      timestamp,
      setting.number,
      difficulty,
      prevRandao,
      gasLimit,
      chainId,
      own,
      baseFee,
    ]
    this.push(code === 0xc0 ? hash() : fixed[code - 0xc1])
  }

  postQuantum(code: number): void {
    if (code === 0xf3) {
      const [seed, out] = [this.pop(), this.pop()]
      this.charge(5000n)
      this.reach(seed, 32n)
      this.reach(out, 1952n)
      this.put(out, primitives.mlDsaKey(this.view(seed, 32n)))
      this.push(1952n)
      return
    }
    const [keyAt, signatureAt, offset, size] = [this.pop(), this.pop(), this.pop(), this.pop()]
    this.charge([1000n, 800n, 2000n][code - 0xf0])
    const keySize = [1952n, 897n, 32n][code - 0xf0]
    this.reach(keyAt, keySize)
    const lengthBytes = code === 0xf1 ? 2n : 0n
    const length = code === 0xf1 ? integerOf(this.view(signatureAt, 2n)) : [3309n, 0n, 17088n][code - 0xf0]
    const signature = this.view(signatureAt + lengthBytes, length)
    const message = this.view(offset, size)
    const verify = [primitives.mlDsa, primitives.falcon, primitives.slhDsa][code - 0xf0]
    this.push(flag(verify(this.view(keyAt, keySize), signature, message)))
  }

  log(count: number): void {
    const [offset, size] = [this.pop(), this.pop()]
    const topics = Array.from({ length: count }, () => this.pop())
    this.charge(375n + 375n * BigInt(count))
    this.charge(8n * size)
    this.m.world.logs.push({ address: this.call.self, topics, data: this.view(offset, size) })
  }

  other(code: number, at: number): void {
    if (code === 0x00) this.ended = { end: 'ok', gas: this.gas, output: new Uint8Array(0) }
    else if (code === 0xa0 || code === 0xa1) this.jump(code)
    else if (code === 0xa2) this.give(3n, BigInt(at))
    else if (code === 0xa3) this.charge(1n)
    else if (code === 0xa8 || code === 0xa9) {
      const output = this.view(this.pop(), this.pop())
      this.ended = { end: code === 0xa8 ? 'ok' : 'revert', gas: this.gas, output }
    } else if (code === 0xaa) this.selfDestruct()
    else if (code === 0xad) this.give(2n, this.gas - 2n)
    else if (code === 0xae) this.give(2n, this.m.steps)
    else if (code === 0xd2) {
      const [key, slot] = [this.pop(), this.pop()]
      this.give(30n, integerOf(keccak(Buffer.concat([bytesOf(slot, 32), bytesOf(key, 32)]))))
    } else if (code === 0xeb) this.give(2n, this.call.self)
    else if (code === 0xec) this.give(2n, this.m.setting.timestamp)
    // NOP does nothing; all else is undefined, INVALID, or asks for what no host of this suite grants.
    else if (code !== 0x01) this.trap()
  }

  give(gas: bigint, word: bigint): void {
    this.charge(gas)
    this.push(word)
  }

  jump(code: number): void {
    const destination = this.pop()
    const isTaken = code === 0xa0 || this.pop() !== 0n
    this.charge(code === 0xa0 ? 8n : 10n)
    if (!isTaken) return
    if (!this.landings.has(destination)) this.trap()
    this.pc = Number(destination)
  }

  selfDestruct(): void {
    const heir = this.pop() & ADDRESS
    this.charge(5000n)
    if (this.meets(heir)) this.charge(2600n)
    const own = this.m.account(this.call.self)
    if (own.balance > 0n && this.isDead(heir)) this.charge(25000n)
    const { balance } = own
    own.balance = 0n
    this.m.account(heir).balance += balance
    const { created, destroyed } = this.m.world
    if (created.has(this.call.self)) {
      destroyed.add(this.call.self)
      own.balance = 0n
    }
    this.ended = { end: 'ok', gas: this.gas, output: new Uint8Array(0) }
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let square = base, left = exponent; left > 0n; left /= 2n, square = (square * square) % WORD)
    if (left % 2n === 1n) result = (result * square) % WORD
  return result
}
