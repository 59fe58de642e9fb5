import { writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { bytesToBareHex } from '../../src/core/hex.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import { bigintToBytes, toWord } from '../../src/core/word.ts'
import { compileProgram, compilerVersion } from './compile.ts'
import { ethereumjs } from './ethereumjs.ts'
import { NO_SLOTS, OWN_PROGRAMS, type Program } from './program.ts'
import { ENGINES } from './zvm.ts'

/** A program as the files of fixtures/programs hold it. */
export interface ProgramRecord {
  readonly name: string
  readonly source: string
  readonly code: string
  readonly input: string
  readonly expectedOutput: string
  readonly fork: 'Cancun'
  readonly gasLimit: number
  readonly expectedStatus: 'success'
  readonly gasUsed: number
}

/** One call of a source, and what it must give: one word, worked out here without an EVM. */
interface Call {
  readonly name: string
  /** Signature of the function; none for an object of Yul, which reads plain words. */
  readonly signature?: string
  readonly words: readonly bigint[]
  expected(): bigint
}

const GAS_LIMIT = 1_000_000_000

/** A prime just below 2^256: the field of secp256k1. */
const FIELD = 2n ** 256n - 2n ** 32n - 977n

const CALLS: Readonly<Record<string, readonly Call[]>> = {
  'erc20.sol': [
    { name: 'erc20/mint', signature: 'mintLoop(uint256)', words: [500n], expected: () => (500n * 501n) / 2n },
    { name: 'erc20/transfer', signature: 'transferLoop(uint256)', words: [300n], expected: () => 300n },
    { name: 'erc20/approve', signature: 'approveLoop(uint256)', words: [600n], expected: () => 600n },
  ],
  'numbers.sol': [
    {
      name: 'numbers/fibonacci',
      signature: 'fibonacci(uint256)',
      words: [10_000n],
      expected: () => fibonacci(10_000),
    },
    { name: 'numbers/sieve', signature: 'sieve(uint256)', words: [4000n], expected: () => countPrimes(4000) },
    {
      name: 'numbers/mod-power',
      signature: 'modPower(uint256,uint256,uint256)',
      // Fermat: any number to the power p − 1 is 1 modulo the prime p.
      words: [3n, FIELD - 1n, FIELD],
      expected: () => 1n,
    },
    { name: 'numbers/median', signature: 'median(uint256)', words: [80n], expected: () => median(80) },
  ],
  'hashes.sol': [
    {
      name: 'hash/ten-thousand',
      signature: 'manyHashes(uint256)',
      words: [10_000n],
      expected: () => manyHashes(10_000),
    },
  ],
  'hash-chain.yul': [{ name: 'hash/chain', words: [7n, 3000n], expected: () => hashChain(7n, 3000) }],
  'memory-copy.yul': [
    { name: 'memory/words', words: [40n, 0n], expected: () => hashOfCopies(40) },
    { name: 'memory/mcopy', words: [400n, 1n], expected: () => hashOfCopies(400) },
  ],
}

/** The sources, and the file that the programs of each are in. */
export const SOURCES: readonly string[] = Object.keys(CALLS)
export function recordFile(source: string): string {
  return join(OWN_PROGRAMS, `${basename(source, extname(source))}.json`)
}

/** Compiles every source and writes its programs. Throws if an engine does not give what is expected. */
export async function recordPrograms(): Promise<void> {
  for (const source of SOURCES)
    writeFileSync(recordFile(source), JSON.stringify(await programsOf(source), null, 2) + '\n')
}

/** The programs of a source, compiled anew, run by both engines. */
export async function programsOf(source: string): Promise<ProgramRecord[]> {
  const code = compileProgram(join(OWN_PROGRAMS, source))
  const origin = `our own: ${OWN_PROGRAMS}/${source}, solc ${compilerVersion()}, optimised`
  const programs: ProgramRecord[] = []
  for (const call of CALLS[source]) {
    const expectedOutput = wordHex(call.expected())
    const input = selectorOf(call.signature) + call.words.map(wordHex).join('')
    const gasUsed = await gasOf(call.name, code, input, expectedOutput)
    const { name } = call
    programs.push({
      ...{ name, source: origin, code, input, expectedOutput, fork: 'Cancun' },
      ...{ gasLimit: GAS_LIMIT, expectedStatus: 'success', gasUsed },
    })
  }
  return programs
}

/** Gas of the program, on which the engines agree. */
async function gasOf(name: string, code: string, input: string, expectedOutput: string): Promise<number> {
  const program: Program = {
    name,
    code: Buffer.from(code, 'hex'),
    input: Buffer.from(input, 'hex'),
    gasLimit: BigInt(GAS_LIMIT),
    balance: 0n,
    storage: NO_SLOTS,
    accounts: [],
    expected: { status: null, gasUsed: null, output: null },
  }
  const used: bigint[] = []
  for (const engine of [...ENGINES.values(), ethereumjs]) {
    const { status, gasUsed, output } = await (await engine.prepare(program)).run()
    if (
      status !== 'success' ||
      bytesToBareHex(output) !== expectedOutput ||
      gasUsed !== (used[0] ?? gasUsed) ||
      gasUsed === null
    )
      throw new Error(`${name}: ${engine.name} gives ${status}, ${gasUsed} gas, ${bytesToBareHex(output)}`)
    used.push(gasUsed)
  }
  return Number(used[0])
}

function selectorOf(signature: string | undefined): string {
  return signature ? bytesToBareHex(keccak256(Buffer.from(signature)).subarray(0, 4)) : ''
}

function wordHex(word: bigint): string {
  return bytesToBareHex(bigintToBytes(word, 32))
}

function fibonacci(n: number): bigint {
  let [a, b] = [0n, 1n]
  for (let i = 0; i < n; i++) [a, b] = [b, toWord(a + b)]
  return a
}

function countPrimes(below: number): bigint {
  const isPrime = (n: number) => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false
    return n > 1
  }
  return BigInt(Array.from({ length: below }, (_, n) => n).filter(isPrime).length)
}

function median(count: number): bigint {
  const words: bigint[] = []
  for (let seed = 1n; words.length < count; words.push(seed >> 128n))
    seed = toWord(seed * 6364136223846793005n + 1442695040888963407n)
  words.sort((a, b) => (a < b ? -1 : 1))
  return words[count / 2]
}

function hashChain(start: bigint, times: number): bigint {
  let word = bigintToBytes(start, 32)
  for (let i = 0; i < times; i++) word = keccak256(word)
  return BigInt('0x' + bytesToBareHex(word))
}

function manyHashes(n: number): bigint {
  let sum = 0n
  for (let i = 0; i < n; i++) sum ^= BigInt('0x' + bytesToBareHex(keccak256(bigintToBytes(BigInt(i), 32))))
  return sum
}

/** As memory-copy.yul: 4,096 bytes to and fro. */
function hashOfCopies(times: number): bigint {
  const size = 4096
  const memory = new Uint8Array(3 * size)
  for (let at = 0; at < size; at += 32) memory.set(bigintToBytes(toWord(BigInt(at + 1) * ~0x1234n), 32), at)
  for (let i = 0, from = 0, to = size; i < times; i++) {
    copyWords(memory, to, from, size)
    ;[from, to] = [to, from + 1]
  }
  return BigInt('0x' + bytesToBareHex(keccak256(memory)))
}

function copyWords(memory: Uint8Array, to: number, from: number, size: number): void {
  memory.copyWithin(to, from, from + size)
}
