import { isCapabilityName } from '../core/capability-name.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseAddress, toFixedHex } from '../core/hex.ts'
import type { Services } from './services.ts'

/** What the part of a grant behind `=` says; `none`: the grant has no such part. */
type Scope = 'none' | 'folder' | 'host' | 'address' | 'account'

interface Capability {
  readonly scope: Scope
  /** What the host must have for it. */
  readonly needs?: keyof Services
  readonly allows: string
}

/**
 * Every capability of the engine's own calls, and what narrows it. A folder and hosts must be named; without an
 * address or account any will do.
 */
export const CAPABILITIES: Readonly<Record<string, Capability>> = {
  storage: { scope: 'none', allows: 'own storage by system calls' },
  'storage.read': { scope: 'address', allows: 'reading the storage of other contracts, or of those named' },
  log: { scope: 'none', allows: 'entries of the log by system calls' },
  hash: { scope: 'none', allows: 'digests by system calls' },
  verify: { scope: 'none', allows: 'verifying signatures by system calls' },
  sign: {
    scope: 'none',
    needs: 'signer',
    allows: "signatures by the host's key, bound to the contract's address",
  },
  'hedera.hts': { scope: 'none', allows: 'HTS rows and calls' },
  'hedera.hcs': { scope: 'none', allows: 'HCS rows and calls' },
  'ledger.balance': {
    scope: 'account',
    needs: 'ledger',
    allows: 'reading balances, of all accounts or of those named',
  },
  'ledger.transfer': {
    scope: 'account',
    needs: 'ledger',
    allows: 'transfers from any account, or from those named',
  },
  'fs.read': { scope: 'folder', needs: 'files', allows: 'reading files below the folder' },
  'fs.write': {
    scope: 'folder',
    needs: 'files',
    allows: 'writing files below the folder, once the run has succeeded',
  },
  clock: { scope: 'none', needs: 'clock', allows: 'the time of day' },
  random: { scope: 'none', needs: 'random', allows: 'random bytes' },
  http: { scope: 'host', needs: 'http', allows: 'GET from the hosts named' },
}

const MUST_BE_NARROWED: readonly Scope[] = ['folder', 'host']
const EXAMPLES: Readonly<Record<string, string>> = { folder: './data', host: 'api.example.com' }
const HOST =
  /^(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[1-9][0-9]{0,4})?$/
const LAST_PORT = 0xffff
const ACCOUNT = /^[A-Za-z0-9][\w.:-]{0,95}$/

/** Whether a text can name an account of a ledger, or an asset. */
export function isAccountName(text: string): boolean {
  return ACCOUNT.test(text)
}

/** What the host allows: deny by default. */
export class Grants {
  /** Capability → what it is narrowed to; null for all. */
  readonly #scopes: ReadonlyMap<string, readonly string[] | null>

  constructor(scopes: ReadonlyMap<string, readonly string[] | null>) {
    this.#scopes = scopes
  }

  has(capability: string): boolean {
    return this.#scopes.has(capability)
  }

  /** Whether the capability is granted for this very folder, host, address or account. */
  covers(capability: string, wanted: string): boolean {
    const scope = this.#scopes.get(capability)
    return scope === null || (scope?.includes(wanted) ?? false)
  }

  /** The folder of a capability that is narrowed to one. */
  folder(capability: string): string {
    return this.#scopes.get(capability)?.[0] ?? ''
  }

  get names(): readonly string[] {
    return [...this.#scopes.keys()]
  }

  /** As `parseGrants` reads them, one a text. */
  get texts(): readonly string[] {
    return [...this.#scopes].flatMap(([name, scope]) => scope?.map((value) => `${name}=${value}`) ?? [name])
  }
}

/** Denies everything. */
export const NO_GRANTS = new Grants(new Map())

/** As `grantsOf`, of texts with commas between: `storage,log,fs.read=./data`. */
export function parseGrants(text: string, place: string, others: Iterable<string> = []): Grants {
  return text === '' ? NO_GRANTS : grantsOf(text.split(','), place, others)
}

/**
 * Reads grants: a capability, or one and what it is narrowed to; hosts, addresses and accounts may be named one after
 * the other. `others` are the capabilities of plug-ins. Throws VALUE that names the grant.
 */
export function grantsOf(texts: readonly string[], place: string, others: Iterable<string> = []): Grants {
  const known = new Set([...Object.keys(CAPABILITIES), ...others])
  const scopes = new Map<string, string[] | null>()
  for (const text of texts) {
    const at = text.indexOf('=')
    const name = at < 0 ? text : text.slice(0, at)
    if (!known.has(name)) refuse(place, text, `no such capability; known: ${[...known].join(', ')}`)
    const scope = CAPABILITIES[name]?.scope ?? 'none'
    const value = at < 0 ? null : readScope(scope, text.slice(at + 1), (what) => refuse(place, text, what))
    if (value === null && MUST_BE_NARROWED.includes(scope))
      refuse(place, text, `needs a ${scope}, as in ${name}=${EXAMPLES[scope]}`)
    const before = scopes.get(name)
    if (before === undefined) scopes.set(name, value === null ? null : [value])
    else if (before === null || value === null || scope === 'folder' || before.includes(value))
      refuse(place, text, scope === 'folder' ? 'a second folder' : 'granted twice')
    else before.push(value)
  }
  return new Grants(scopes)
}

function readScope(scope: Scope, text: string, fail: (what: string) => never): string {
  switch (scope) {
    case 'none':
      return fail('cannot be narrowed')
    case 'folder':
      return text !== '' && !text.includes('\0') ? text : fail('not a folder')
    case 'host':
      return HOST.test(text) && Number(text.split(':')[1] ?? 0) <= LAST_PORT
        ? text
        : fail('not a host, in lower case, with a port or without')
    case 'account':
      return isAccountName(text) ? text : fail('not the name of an account')
    case 'address':
      try {
        return toFixedHex(parseAddress(text, 'address'), 20)
      } catch {
        return fail('not an address of 20 bytes')
      }
  }
}

function refuse(place: string, grant: string, what: string): never {
  const shown = isCapabilityName(grant) ? grant : JSON.stringify(grant.slice(0, 80))
  throw new ZvmError(ERROR_CODES.value, `${place}: ${shown}: ${what}`, { place, grant })
}

/** Whether a path a contract gives stays below its folder by its text: relative, in parts that are names. */
export function isPathWithin(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (path === '' || path.length > 1024 || /[\u0000-\u001f\u007f\\:]/.test(path)) return false
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
