import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { osaka } from '../../../opcodes/forks.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { hexToBytes } from '../../core/hex.ts'
import { decodeUtf8 } from '../../core/utf8.ts'
import { readBytes } from '../../host/read-file.ts'
import { type SourceFile, SourceMap } from '../../trace/source-map.ts'

/** A contract as a compiler of Solidity or Yul gives it. */
export interface Artifact {
  readonly name: string
  /** What it deploys, and what an account has when it is deployed. */
  readonly initcode: Uint8Array | null
  readonly code: Uint8Array
  readonly abi: unknown
  readonly sourceMap: SourceMap | null
}

type Json = Readonly<Record<string, unknown>>

/** Longest source file that is read, in bytes. */
const SOURCE_LIMIT = 1 << 24

/** What an artifact of Hardhat or Foundry, or the output of `solc --standard-json`, holds; null for other JSON. */
export function readArtifact(json: unknown, path: string, wanted: string | null): Artifact | null {
  if (!isObject(json)) return null
  if (isObject(json.contracts)) return readStandardOutput(json, json.contracts, path, wanted)
  if (json.deployedBytecode === undefined && json.bytecode === undefined) return null
  const name = typeof json.contractName === 'string' ? json.contractName : 'contract'
  return readContract(json, name, path, filesOf(json, path))
}

function readStandardOutput(json: Json, contracts: Json, path: string, wanted: string | null): Artifact {
  const all = Object.values(contracts).flatMap((each) => (isObject(each) ? Object.entries(each) : []))
  const named = wanted === null ? all : all.filter(([name]) => name === wanted)
  if (named.length !== 1) {
    const names = all.map(([name]) => name).join(', ')
    throw new ZvmError(ERROR_CODES.usage, `${path}: name one of its contracts with --contract: ${names}`)
  }
  const [[name, contract]] = named
  const evm = isObject(contract) && isObject(contract.evm) ? contract.evm : {}
  return readContract({ ...(contract as Json), ...evm }, name, path, filesOf(json, path))
}

function readContract(
  contract: Json,
  name: string,
  path: string,
  files: ReadonlyMap<number, SourceFile>,
): Artifact {
  const [initcode, deployed] = [contract.bytecode, contract.deployedBytecode]
  const code = codeOf(deployed, `${path}: ${name}.deployedBytecode`)
  const made = codeOf(initcode, `${path}: ${name}.bytecode`)
  if (!code) throw new ZvmError(ERROR_CODES.value, `${path}: ${name}.deployedBytecode: missing`)
  const map = isObject(deployed) ? deployed.sourceMap : contract.deployedSourceMap
  const sourceMap =
    typeof map === 'string' && map !== ''
      ? new SourceMap(map, code, osaka, files, `${path}: ${name}.sourceMap`)
      : null
  return { name, initcode: made, code, abi: contract.abi ?? null, sourceMap }
}

/** Hex, or an object with it; links that are not filled in are zeros. */
function codeOf(value: unknown, place: string): Uint8Array | null {
  const text = isObject(value) ? value.object : value
  if (typeof text !== 'string' || text === '' || text === '0x') return null
  return hexToBytes(text.replace(/__.{36}__/g, '00'.repeat(20)), place)
}

/** The files by their numbers, with their texts: as the JSON has them, or beside it. */
export function filesOf(json: Json, path: string): Map<number, SourceFile> {
  const files = new Map<number, SourceFile>()
  const metadata = isObject(json.metadata) ? json.metadata : {}
  const sources = isObject(json.sources) ? json.sources : isObject(metadata.sources) ? metadata.sources : {}
  for (const [i, [name, entry]] of Object.entries(sources).entries()) {
    const { id, content } = isObject(entry) ? entry : ({} as Json)
    const number = typeof id === 'number' ? id : typeof json.id === 'number' ? json.id : i
    files.set(number, { name, text: typeof content === 'string' ? content : textBeside(path, name) })
  }
  return files
}

/** The text of a file below the folder of the artifact, or one of the three above; null where there is none. */
function textBeside(path: string, name: string): string | null {
  let folder = dirname(path)
  if (name.startsWith('/') || name.split('/').includes('..')) return null
  for (let up = 0; up < 4; up++, folder = join(folder, '..')) {
    const found = join(folder, name)
    if (existsSync(found)) return decodeUtf8(readBytes(found, SOURCE_LIMIT, name), name)
  }
  return null
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
