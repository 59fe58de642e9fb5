import { createHash } from 'node:crypto'

/** Integer programs in AssemblyScript: each exports a function of a size, whose result says that all of it was done. */
export const LITE_SOURCE = `
const BLOCK = memory.data(64)
const STATE = memory.data(32)
const W = memory.data(256)
const K = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2])
const H = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19])
const SIEVE = memory.data(1 << 20)
const A = memory.data(1 << 15)
const B = memory.data(1 << 15)
const C = memory.data(1 << 15)

/** Hashes 32 bytes, then what came out, so many times; the first word of the last. */
export function sha256(rounds: i32): i32 {
  memory.fill(STATE, 0, 32)
  for (let n = 0; n < rounds; n++) {
    for (let i = 0; i < 8; i++) store<u32>(BLOCK + 4 * i, load<u32>(STATE + 4 * i))
    memory.fill(BLOCK + 32, 0, 32)
    store<u32>(BLOCK + 32, 0x80000000)
    store<u32>(BLOCK + 60, 256)
    for (let i = 0; i < 16; i++) store<u32>(W + 4 * i, load<u32>(BLOCK + 4 * i))
    for (let i = 16; i < 64; i++) {
      const x = load<u32>(W + 4 * (i - 15)), y = load<u32>(W + 4 * (i - 2))
      const s0 = rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3), s1 = rotr(y, 17) ^ rotr(y, 19) ^ (y >> 10)
      store<u32>(W + 4 * i, load<u32>(W + 4 * (i - 16)) + s0 + load<u32>(W + 4 * (i - 7)) + s1)
    }
    let a = load<u32>(H), b = load<u32>(H + 4), c = load<u32>(H + 8), d = load<u32>(H + 12)
    let e = load<u32>(H + 16), f = load<u32>(H + 20), g = load<u32>(H + 24), h = load<u32>(H + 28)
    for (let i = 0; i < 64; i++) {
      const s1 = rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25), choice = (e & f) ^ (~e & g)
      const t1 = h + s1 + choice + load<u32>(K + 4 * i) + load<u32>(W + 4 * i)
      const s0 = rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22), majority = (a & b) ^ (a & c) ^ (b & c)
      h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + s0 + majority
    }
    store<u32>(STATE, load<u32>(H) + a); store<u32>(STATE + 4, load<u32>(H + 4) + b)
    store<u32>(STATE + 8, load<u32>(H + 8) + c); store<u32>(STATE + 12, load<u32>(H + 12) + d)
    store<u32>(STATE + 16, load<u32>(H + 16) + e); store<u32>(STATE + 20, load<u32>(H + 20) + f)
    store<u32>(STATE + 24, load<u32>(H + 24) + g); store<u32>(STATE + 28, load<u32>(H + 28) + h)
  }
  return load<u32>(STATE)
}

/** Primes below a number of at most 2^20. */
export function sieve(below: i32): i32 {
  memory.fill(SIEVE, 1, below)
  let count = 0
  for (let i = 2; i < below; i++) {
    if (!load<u8>(SIEVE + i)) continue
    count++
    for (let j = i + i; j < below; j += i) store<u8>(SIEVE + j, 0)
  }
  return count
}

/** The trace of the square of a matrix of i64, of at most 64 rows. */
export function matrix(rows: i32): i64 {
  for (let i = 0; i < rows * rows; i++) {
    store<i64>(A + 8 * i, i64(i) * 0x9e3779b97f4a7c15)
    store<i64>(B + 8 * i, i64(i) ^ 0x5555)
  }
  let trace: i64 = 0
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) {
      let sum: i64 = 0
      for (let k = 0; k < rows; k++) sum += load<i64>(A + 8 * (i * rows + k)) * load<i64>(B + 8 * (k * rows + j))
      store<i64>(C + 8 * (i * rows + j), sum)
      if (i == j) trace += sum
    }
  return trace
}

/** The Fibonacci number of an index, in 64 limbs of 64 bits; its limbs added up. */
export function bigadd(index: i32): i64 {
  memory.fill(A, 0, 512)
  memory.fill(B, 0, 512)
  store<u64>(B, 1)
  for (let n = 0; n < index; n++) {
    let carry: u64 = 0
    for (let i = 0; i < 64; i++) {
      const x = load<u64>(A + 8 * i), y = load<u64>(B + 8 * i)
      const sum = x + y, whole = sum + carry
      carry = u64(sum < x) | u64(whole < sum)
      store<u64>(A + 8 * i, y)
      store<u64>(B + 8 * i, whole)
    }
  }
  let total: i64 = 0
  for (let i = 0; i < 64; i++) total += load<i64>(A + 8 * i)
  return total
}
`

/** A program at a size, and what it must give. */
export interface LiteProgram {
  readonly name: string
  readonly size: number
  readonly expected: bigint
}

/** The programs, with results that are reckoned another way. */
export function litePrograms(): readonly LiteProgram[] {
  return [
    { name: 'sha256', size: 2000, expected: sha256Of(2000) },
    { name: 'sieve', size: 1 << 20, expected: primesBelow(1 << 20) },
    { name: 'matrix', size: 64, expected: traceOf(64n) },
    { name: 'bigadd', size: 4000, expected: fibonacciOf(4000) },
  ]
}

function sha256Of(rounds: number): bigint {
  let state: Uint8Array = new Uint8Array(32)
  for (let i = 0; i < rounds; i++) state = createHash('sha256').update(state).digest()
  return BigInt(Buffer.from(state).readInt32BE(0))
}

function primesBelow(below: number): bigint {
  let count = 0n
  for (let n = 2; n < below; n++) if (isPrime(n)) count++
  return count
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
  return true
}

function traceOf(rows: bigint): bigint {
  let trace = 0n
  for (let i = 0n; i < rows; i++)
    for (let k = 0n; k < rows; k++) trace += (i * rows + k) * 0x9e3779b97f4a7c15n * ((k * rows + i) ^ 0x5555n)
  return BigInt.asIntN(64, trace)
}

function fibonacciOf(index: number): bigint {
  let [a, b] = [0n, 1n]
  for (let i = 0; i < index; i++) [a, b] = [b, a + b]
  let total = 0n
  for (let rest = BigInt.asUintN(4096, a); rest > 0n; rest >>= 64n) total += BigInt.asUintN(64, rest)
  return BigInt.asIntN(64, total)
}
