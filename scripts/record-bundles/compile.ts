import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Abi, Hex } from 'viem'

/** A contract that can be deployed. */
export interface Contract {
  readonly abi: Abi
  /** Initcode without constructor arguments. */
  readonly bytecode: Hex
}

/** What is used of solc-js. */
interface Solc {
  compile(
    input: string,
    callbacks: { import(path: string): { contents: string } | { error: string } },
  ): string
  version(): string
}

/** What is used of its answer. */
interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>
}

const CONTRACTS = 'fixtures/contracts'
const require = createRequire(import.meta.url)
const compiled = new Map<string, Record<string, Contract>>()
let solc: Solc | undefined

/** Loaded when first needed: it is eight megabytes of WebAssembly. */
function compiler(): Solc {
  solc ??= require('solc') as Solc
  return solc
}

/** The version of the compiler, `0.8.37` and the like. */
export function compilerVersion(): string {
  return compiler().version().split('+')[0]
}

/**
 * The contracts of a file in fixtures/contracts by name, for the instructions of one fork. No metadata is appended,
 * so that the code depends on nothing but source, compiler version and fork.
 */
export function compile(root: string, file: string, evmVersion: string): Record<string, Contract> {
  const key = `${file} for ${evmVersion}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: readFileSync(join(root, CONTRACTS, file), 'utf8') } },
    settings: {
      evmVersion,
      optimizer: { enabled: true, runs: 200 },
      metadata: { appendCBOR: false, bytecodeHash: 'none' },
      outputSelection: { [file]: { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const callbacks = { import: (path: string) => importSource(root, path) }
  const output = JSON.parse(compiler().compile(JSON.stringify(input), callbacks)) as SolcOutput
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  const contracts: Record<string, Contract> = {}
  for (const [name, { abi, evm }] of Object.entries(output.contracts[file]))
    contracts[name] = { abi, bytecode: `0x${evm.bytecode.object}` }
  compiled.set(key, contracts)
  return contracts
}

/** Imports are those of packages only: our own contracts are one file each. */
function importSource(root: string, path: string): { contents: string } | { error: string } {
  if (!path.startsWith('@openzeppelin/contracts/')) return { error: `${path} is not imported here` }
  return { contents: readFileSync(join(root, 'node_modules', path), 'utf8') }
}
