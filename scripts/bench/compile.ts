import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, extname } from 'node:path'

/** What is used of solc-js. */
interface Solc {
  compile(input: string): string
  version(): string
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts?: Record<
    string,
    Record<string, { evm: Record<'bytecode' | 'deployedBytecode', { object: string }> }>
  >
}

/** Loaded when first needed: it is eight megabytes of WebAssembly. */
function compiler(): Solc {
  return createRequire(import.meta.url)('solc') as Solc
}

/** The version of the compiler, `0.8.37` and the like. */
export function compilerVersion(): string {
  return compiler().version().split('+')[0]
}

/**
 * The code, hex, of a contract (Solidity: what is deployed) or object (Yul) in a file, of the only one unless it is
 * named; for Cancun, optimised. No metadata is appended, so that it depends on nothing but source and compiler. Throws
 * the compiler's errors.
 */
export function compileProgram(path: string, name?: string): string {
  const file = basename(path)
  const isYul = extname(file) === '.yul'
  const kind = isYul ? 'bytecode' : 'deployedBytecode'
  const input = {
    language: isYul ? 'Yul' : 'Solidity',
    sources: { [file]: { content: readFileSync(path, 'utf8') } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      ...(isYul ? {} : { metadata: { appendCBOR: false, bytecodeHash: 'none' } }),
      outputSelection: { '*': { '*': [`evm.${kind}.object`] } },
    },
  }
  const output = JSON.parse(compiler().compile(JSON.stringify(input))) as SolcOutput
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  const contracts = output.contracts?.[file] ?? {}
  const contract = name === undefined ? Object.values(contracts)[0] : contracts[name]
  return contract.evm[kind].object
}
