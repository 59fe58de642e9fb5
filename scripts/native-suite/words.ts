import { CONTRACT, type Test } from './case.ts'
import { code, data, keep, type Part, word } from './program.ts'
import { SET } from './set.ts'

const TOP = 1n << 255n
export const EDGES = [0n, 1n, 2n, 31n, 256n, 1n << 64n, TOP - 1n, TOP, (1n << 256n) - 1n]
const FEW = [0n, 2n, 1n << 64n, TOP, (1n << 256n) - 1n]

/** The instruction on every word of calldata after the first `fixed`, which lie above it; each result in a slot. */
function onEach(name: string, fixed: number): Uint8Array {
  const operands = Array.from({ length: fixed }, (_, i) => word(fixed - 1 - i))
  return code(EDGES.map((_, i): Part => [word(fixed + i), operands, name, keep(i)]))
}

/** Arithmetic, comparisons and bits: nine edge words with nine, and with a third of nine where there is one. */
export function wordTests(from: number, to: number): Test[] {
  return SET.filter(([byte]) => byte >= from && byte <= to).map(([, name, pops]) => {
    const firsts =
      pops === 1 ? [[]] : pops === 2 ? EDGES.map((a) => [a]) : FEW.flatMap((a) => FEW.map((b) => [a, b]))
    const cases = firsts.map((first) => ({
      label: first.map((value) => value.toString(16)).join(' ') || 'each',
      data: data(...first, ...EDGES),
    }))
    const comment =
      'On words of calldata, the last operand being each of the nine after the first: result i in slot i.'
    return { name, comment, accounts: [[CONTRACT, { code: onEach(name, pops - 1) }]], cases }
  })
}
