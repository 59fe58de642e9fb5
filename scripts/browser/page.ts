import { type Findings, runWork, type Work } from './work.ts'

/** What a page tells the server. */
export interface PageReport {
  readonly findings: Findings | null
  /** What was thrown, if anything was. */
  readonly error: string | null
  /** Whether the page may make code from bytes, and from text. */
  readonly allowsWasm: boolean
  readonly allowsEval: boolean
  /** What was written to the console as warnings. */
  readonly warnings: readonly string[]
}

// The script of the page: it starts by itself, since code that a driver of the browser evaluates escapes its policy.
const warnings: string[] = []
console.warn = (line: string) => warnings.push(line)
await fetch('/report', { method: 'POST', body: JSON.stringify(await report()) })

async function report(): Promise<PageReport> {
  // An empty module: its header alone.
  const header = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
  const facts = {
    allowsWasm: isAllowed(() => new WebAssembly.Module(header)),
    // biome-ignore lint/security/noGlobalEval: it is what the policy must forbid
    allowsEval: isAllowed(() => globalThis.eval('1')),
    warnings,
  }
  try {
    const work = (await (await fetch('/work.json')).json()) as Work
    return { ...facts, findings: runWork(work), error: null }
  } catch (error) {
    return { ...facts, findings: null, error: error instanceof Error ? `${error.stack}` : String(error) }
  }
}

function isAllowed(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}
