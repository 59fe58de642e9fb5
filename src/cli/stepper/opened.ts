import { existsSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import { readJsonFile } from '../../host/read-file.ts'
import { BUNDLE_VERSION } from '../../replay/bundle.ts'
import { KeptAnswers } from '../../runtime/answers.ts'
import { readContainer } from '../../runtime/container.ts'
import type { CallAbi } from '../../runtime/solidity-abi.ts'
import { readCallAbi } from '../../runtime/solidity-abi.ts'
import type { SourceMap } from '../../trace/source-map.ts'
import { optionalPath, optionalText, paths, wholeNumber } from '../arguments.ts'
import { assembleFile } from '../asm.ts'
import { codeOf, type GivenCode } from '../input.ts'
import type { Arguments } from '../main.ts'
import { readSetup } from '../run-setup.ts'
import { hasRuntimeOptions } from '../runtime-options.ts'
import { isObject, readArtifact } from './artifact.ts'
import { isSession, readSession, type SavedSession } from './session-file.ts'

/** What the command line says is to be stepped. */
export interface Opened {
  readonly session: SavedSession
  readonly sourceMap: SourceMap | null
  /** The ABIs of the session, read. */
  readonly abis: readonly CallAbi[]
}

/** Opens code, a container, assembly, an artifact, a bundle, or a session. Throws what is wrong with it. */
export async function openGiven(args: Arguments): Promise<Opened> {
  const path = optionalPath(args.code, 'code')
  const saved = optionalPath(args.session, '--session')
  if (path === null && args.codefile === undefined && saved !== null && existsSync(saved)) {
    refuseGrants(args, saved)
    return opened(readSession(readJsonFile(saved), saved), null)
  }
  const json = path?.endsWith('.json') && existsSync(path) ? readJsonFile(path) : null
  if (path !== null && isSession(json)) {
    refuseGrants(args, path)
    return opened(readSession(json, path), null)
  }
  if (path !== null && isObject(json) && json.version === BUNDLE_VERSION) {
    refuseGrants(args, path)
    const index = wholeNumber(args.transaction ?? 0, '--transaction', 0, 1e6)
    const recipe = { kind: 'bundle', json, name: path, index } as const
    return opened(sessionOf(path, recipe, await abisOf(args)), null)
  }
  const { given, abi, sourceMap } = await codeGiven(args, path, json)
  if (saved !== null) refuseGrants(args, '--session')
  const setup = await readSetup({ ...args, code: undefined }, given, new KeptAnswers())
  const { table, source, request, env, limits, recorded, formats } = setup
  if (formats)
    throw new ZvmError(
      ERROR_CODES.usage,
      `${given!.name}: modules of wasm-lite are not stepped through; run --trace shows those that were compiled`,
    )
  // Without grants no call is answered, and a machine without a runtime goes back faster.
  const runtime = hasRuntimeOptions(args) ? recorded!.runtime : null
  const recipe = { kind: 'message', table, source, request, env, limits, runtime } as const
  const abis = abi === null ? [] : [abi]
  return opened(sessionOf(given?.name ?? 'prestate', recipe, [...abis, ...(await abisOf(args))]), sourceMap)
}

/** Sessions and bundles hold no answers of system calls. */
function refuseGrants(args: Arguments, what: string): void {
  if (hasRuntimeOptions(args))
    throw new ZvmError(
      ERROR_CODES.usage,
      `${what}: holds no answers of system calls; not with --allow and the like`,
    )
}

function sessionOf(name: string, recipe: SavedSession['recipe'], abis: readonly unknown[]): SavedSession {
  return { name, recipe, abis, position: 0, breakpoints: [] }
}

function opened(session: SavedSession, sourceMap: SourceMap | null): Opened {
  const abis = session.abis.map((abi, i) => readCallAbi(abi, `${session.name}: abis[${i}]`))
  return { session, sourceMap, abis }
}

/** Code with what is known of it. */
export interface CodeGiven {
  readonly given: GivenCode | null
  /** Of ours or of Solidity, as JSON; null where there is none. */
  readonly abi: unknown
  readonly sourceMap: SourceMap | null
}

/** The code that the command line gives, `json` being what its path holds if that is JSON. Throws what is wrong with it. */
export async function codeGiven(args: Arguments, path: string | null, json: unknown): Promise<CodeGiven> {
  const artifactPath = optionalPath(args['source-map'], '--source-map')
  const beside = artifactPath === null ? null : artifactOf(args, readJsonFile(artifactPath), artifactPath)
  if (path !== null && json !== null) {
    const artifact = artifactOf(args, json, path)
    const code = args.create ? (artifact.initcode ?? artifact.code) : artifact.code
    const given = { name: artifact.name, code, container: null, bytes: null }
    return { given, abi: artifact.abi, sourceMap: (beside ?? artifact).sourceMap }
  }
  const given = path?.endsWith('.zasm') && existsSync(path) ? await assembled(args, path) : codeOf(args)
  const own = given?.container?.abi ? parseJson(given.container.abiJson, `${given.name}: abi`) : null
  return { given, abi: beside?.abi ?? own, sourceMap: beside?.sourceMap ?? null }
}

function artifactOf(args: Arguments, json: unknown, path: string) {
  const artifact = readArtifact(json, path, optionalText(args.contract))
  if (artifact) return artifact
  throw new ZvmError(
    ERROR_CODES.value,
    `${path}: neither a bundle, a session, nor an artifact of a compiler of Solidity`,
  )
}

async function assembled(args: Arguments, path: string): Promise<GivenCode> {
  const bytes = (await assembleFile(args, path)).container
  const container = readContainer(bytes, path)
  return { name: path, code: container.code, container, bytes: null }
}

/** What `--abi` names, as JSON. */
async function abisOf({ abi }: Arguments): Promise<unknown[]> {
  return paths(abi, '--abi').map((path) => readJsonFile(path))
}
