import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newTransaction, type TransactionType } from '../chain/transaction.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import { bytesToBigint } from '../core/word.ts'
import { type Bundle, type BundleTransaction, parseBundle } from './bundle.ts'
import { serializeBundle } from './bundle-writer.ts'

const BUNDLES = 'fixtures/bundles'
const SCHEMA = parseJson(readFileSync('fixtures/schema/zvm-bundle-1.json', 'utf8'), 'schema') as Schema

/** What of JSON schema the bundle's schema uses. */
interface Schema {
  readonly [keyword: string]: unknown
  readonly properties?: Record<string, Schema>
  readonly patternProperties?: Record<string, Schema>
  readonly $defs?: Record<string, Schema>
  readonly oneOf?: Schema[]
  readonly items?: Schema
}

const KEYWORDS =
  /^(\$schema|\$id|\$defs|\$ref|title|description|type|properties|patternProperties|additionalProperties|required|items|minItems|maxItems|maxLength|pattern|const|oneOf)$/

/** Whether the value is valid, by the rules of draft 2020-12 for the keywords above; another keyword is an error. */
function isValid(schema: Schema, value: unknown): boolean {
  for (const keyword of Object.keys(schema))
    if (!KEYWORDS.test(keyword)) throw new Error(`the schema uses ${keyword}, which this test does not know`)
  const { $ref, oneOf, type } = schema
  if (typeof $ref === 'string' && !isValid(SCHEMA.$defs![$ref.slice('#/$defs/'.length)], value)) return false
  if (oneOf && oneOf.filter((option) => isValid(option, value)).length !== 1) return false
  if ('const' in schema && value !== schema.const) return false
  if (type !== undefined && type !== typeOf(value)) return false
  if (typeof value === 'string')
    return (
      value.length <= Number(schema.maxLength ?? Infinity) &&
      (schema.pattern === undefined || new RegExp(String(schema.pattern), 'u').test(value))
    )
  if (Array.isArray(value))
    return (
      value.length >= Number(schema.minItems ?? 0) &&
      value.length <= Number(schema.maxItems ?? Infinity) &&
      value.every((item) => schema.items === undefined || isValid(schema.items, item))
    )
  return typeOf(value) !== 'object' || areMembersValid(schema, value as Record<string, unknown>)
}

function areMembersValid(schema: Schema, value: Record<string, unknown>): boolean {
  const required = (schema.required ?? []) as string[]
  if (!required.every((name) => Object.hasOwn(value, name))) return false
  return Object.entries(value).every(([name, member]) => {
    const known = [
      ...(schema.properties && Object.hasOwn(schema.properties, name) ? [schema.properties[name]] : []),
      ...Object.entries(schema.patternProperties ?? {}).flatMap(([pattern, found]) =>
        new RegExp(pattern, 'u').test(name) ? [found] : [],
      ),
    ]
    if (known.length === 0) return schema.additionalProperties !== false
    return known.every((each) => isValid(each, member))
  })
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

const ADDRESS = '0x00000000000000000000000000000000000000aa'
const HASH = `0x${'0b'.repeat(32)}`

/** A small bundle as JSON, fresh at every call, that tests break in one place. */
function sample() {
  return {
    version: 'zvm-bundle/1',
    name: 'sample',
    chain: {
      chainId: '0x1',
      fork: 'osaka',
      blobSchedule: { target: '0x6', max: '0x9', updateFraction: '0x4c6964' },
    },
    block: { number: '0x10', blockHashes: { '0xf': HASH } },
    pre: { [ADDRESS]: { balance: '0x1', nonce: '0x0', code: '0x00', storage: { '0x0': '0x1' } } },
    transactions: [
      {
        raw: '0x1234',
        hash: HASH,
        sender: ADDRESS,
        expected: {
          status: '0x1',
          gasUsed: '0x5208',
          logs: [{ address: ADDRESS, topics: [HASH], data: '0x' }],
          post: { [ADDRESS]: { balance: '0x2', storage: { '0x0': '0x0' } }, [`0x${'cd'.repeat(20)}`]: null },
        },
      },
      {
        fields: {
          type: '0x1',
          chainId: '0x1',
          nonce: '0x0',
          gas: '0x5208',
          to: null,
          value: '0x0',
          input: '0x',
          gasPrice: '0x7',
          accessList: [{ address: ADDRESS, storageKeys: [HASH] }],
        },
        sender: ADDRESS,
      },
    ],
  }
}

function messageOf(json: unknown): string {
  try {
    parseBundle(json, 'b.json')
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    expect(error.code).toBe(ERROR_CODES.value)
    return error.message
  }
  return 'accepted'
}

/** A copy of the sample with the member at `path` replaced, or removed where `value` is undefined. */
function broken(path: string, value: unknown): unknown {
  const names = path.split('/')
  const last = names.pop()!
  const root = sample() as unknown
  const parent = names.reduce((object, name) => (object as Record<string, unknown>)[name], root)
  // Defined, not assigned: `__proto__` too must become a member of its own.
  if (value === undefined) Reflect.deleteProperty(parent as object, last)
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true })
  return root
}

describe('parseBundle', () => {
  it('reads the sample', () => {
    expect(messageOf(sample())).toBe('accepted')
    expect(isValid(SCHEMA, sample())).toBe(true)
    const { pre, transactions, block } = parseBundle(sample(), 'b.json')
    expect(pre.get(0xaan)).toEqual({
      balance: 1n,
      nonce: 0n,
      code: Uint8Array.of(0),
      storage: new Map([[0n, 1n]]),
    })
    expect(block.blockHashes.get(15n)).toBe(BigInt(HASH))
    expect(transactions[0].expected.post?.get(BigInt(`0x${'cd'.repeat(20)}`))).toBeNull()
    expect(transactions[1].fields).toMatchObject({
      type: 1,
      to: null,
      maxFeePerGas: 7n,
      maxPriorityFeePerGas: 7n,
    })
  })

  // Path of what is wrong, the wrong value, and what is said of it. The schema must refuse each as well.
  const wrong: [path: string, value: unknown, message: string][] = [
    ['version', undefined, 'version: missing'],
    ['version', 'zvm-bundle/2', 'version: not zvm-bundle/1 ("zvm-bundle/2")'],
    ['version', 1, 'version: not text (number)'],
    ['name', undefined, 'name: missing'],
    ['name', 'x'.repeat(201), 'name: longer than 200 characters'],
    ['nmae', 'x', 'nmae: unknown member'],
    ['__proto__', { name: 'x' }, '__proto__: unknown member'],
    ['constructor', 'x', 'constructor: unknown member'],
    ['chain', null, 'chain: not an object (null)'],
    ['chain', [], 'chain: not an object (array)'],
    ['chain/fork', undefined, 'chain.fork: missing'],
    ['chain/chainId', 1, 'chain.chainId: not hex (number)'],
    ['chain/chainId', '1', 'chain.chainId: not hex ("1")'],
    ['chain/chainId', '0x', 'chain.chainId: not hex ("0x")'],
    ['chain/chainId', '-0x1', 'chain.chainId: not hex ("-0x1")'],
    ['chain/chainId', '0x1g', 'chain.chainId: not hex ("0x1g")'],
    ['chain/chainId', `0x1${'00'.repeat(32)}`, 'chain.chainId: longer than a word'],
    ['chain/blobSchedule/max', undefined, 'chain.blobSchedule.max: missing'],
    ['block/number', undefined, 'block.number: missing'],
    ['block/number', `0x1${'00'.repeat(8)}`, 'block.number: not an unsigned integer of 64 bits'],
    ['chain/blobSchedule/max', '0x100000000', 'chain.blobSchedule.max: not an unsigned integer of 32 bits'],
    ['block/coinbase', '0xaa', 'block.coinbase: not an address of 20 bytes'],
    ['block/coinbase', ADDRESS.slice(2), 'block.coinbase: not hex'],
    ['block/parentBeaconBlockRoot', '0x00', 'block.parentBeaconBlockRoot: not 32 bytes'],
    ['block/hashes', {}, 'block.hashes: unknown member'],
    ['block/blockHashes/0xf', '0x1', 'block.blockHashes[0xf]: hex of odd length'],
    ['block/blockHashes/15', HASH, 'block.blockHashes[15]: not hex ("15")'],
    ['pre', undefined, 'pre: missing'],
    ['pre', [], 'pre: not an object (array)'],
    ['pre/0xaa', {}, 'pre.0xaa: not an address of 20 bytes'],
    ['pre/__proto__', {}, 'pre.__proto__: not hex ("__proto__")'],
    [`pre/${ADDRESS}`, null, `pre.${ADDRESS}: not an object (null)`],
    [`pre/${ADDRESS}/balance`, 5, `pre.${ADDRESS}.balance: not hex (number)`],
    [`pre/${ADDRESS}/code`, '0x0', `pre.${ADDRESS}.code: hex of odd length`],
    [`pre/${ADDRESS}/code`, '0xzz', `pre.${ADDRESS}.code: not hex`],
    [`pre/${ADDRESS}/codeHash`, HASH, `pre.${ADDRESS}.codeHash: unknown member`],
    [`pre/${ADDRESS}/storage/0x0`, 'zz', `pre.${ADDRESS}.storage[0x0]: not hex ("zz")`],
    [`pre/${ADDRESS}/storage/0x0`, null, `pre.${ADDRESS}.storage[0x0]: not hex (object)`],
    [`pre/${ADDRESS}/storage/zero`, '0x0', `pre.${ADDRESS}.storage[zero]: not hex ("zero")`],
    ['transactions', {}, 'transactions: not an array (object)'],
    ['transactions', [], 'transactions: empty'],
    ['transactions/0/raw', undefined, 'transactions[0]: needs either raw or fields'],
    ['transactions/1/raw', '0x12', 'transactions[1]: needs either raw or fields'],
    ['transactions/1/sender', undefined, 'transactions[1].sender: missing'],
    ['transactions/1/fields/type', '0x5', 'transactions[1].fields.type: no transaction type (5)'],
    ['transactions/1/fields/type', '0x0', 'transactions[1].fields.accessList: unknown member'],
    ['transactions/1/fields/type', '0x2', 'transactions[1].fields.maxFeePerGas: missing'],
    ['transactions/1/fields/chainId', undefined, 'transactions[1].fields.chainId: missing'],
    ['transactions/1/fields/to', undefined, 'transactions[1].fields.to: missing'],
    [
      'transactions/1/fields/accessList/0/storageKeys',
      ['0x0'],
      'accessList[0].storageKeys[0]: hex of odd length',
    ],
    ['transactions/0/expected/status', '0x2', 'expected.status: not an unsigned integer of 1 bits'],
    ['transactions/0/expected/staus', '0x1', 'transactions[0].expected.staus: unknown member'],
    ['transactions/0/expected/logs/0/data', undefined, 'expected.logs[0].data: missing'],
    ['transactions/0/expected/logs/0/topics', Array(5).fill(HASH), 'logs[0].topics: 5 of them, at most 4'],
    [`transactions/0/expected/post/${ADDRESS}`, [], `expected.post.${ADDRESS}: not an object (array)`],
    [`transactions/0/expected/post/${ADDRESS}/nonce`, '0xx', `post.${ADDRESS}.nonce: not hex`],
  ]
  it.each(wrong)('refuses %s = %j', (path, value, message) => {
    const json = broken(path, value)
    expect(messageOf(json)).toContain(message)
    expect(messageOf(json)).toMatch(/^b\.json: /)
    expect(isValid(SCHEMA, json)).toBe(false)
  })

  // What a schema cannot say, or says only in words.
  const wrongBeyondSchema: [path: string, value: unknown, message: string][] = [
    [`pre/${ADDRESS.toUpperCase().replace('X', 'x')}`, {}, 'given twice'],
    [`pre/${ADDRESS}/storage/0x00`, '0x0', `pre.${ADDRESS}.storage[0x00]: given twice`],
    ['block/blockHashes/0x0f', HASH, 'block.blockHashes[0x0f]: given twice'],
    ['chain/blobSchedule/updateFraction', '0x0', 'chain.blobSchedule.updateFraction: zero'],
  ]
  it.each(wrongBeyondSchema)('refuses %s = %j, though the schema does not', (path, value, message) => {
    expect(messageOf(broken(path, value))).toContain(message)
    expect(isValid(SCHEMA, broken(path, value))).toBe(true)
  })

  it.each([null, true, 7, 'text', [], [sample()]])('refuses %j as a bundle', (json) => {
    expect(messageOf(json)).toMatch(/^b\.json: not an object \(/)
    expect(isValid(SCHEMA, json)).toBe(false)
  })

  it('agrees with the schema on a sample that is damaged anywhere', () => {
    const paths = pathsOf(sample())
    const values = fc.oneof(
      fc.constantFrom(null, '0x', '0x1', '0xGG', [], {}, HASH, ADDRESS, undefined),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(fc.constantFrom(...paths), values, (path, value) => {
        const json = broken(path, value)
        expect(isValid(SCHEMA, json)).toBe(messageOf(json) === 'accepted')
      }),
      { numRuns: 500 },
    )
  })
})

function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([name, member]) =>
    pathsOf(member, path === '' ? name : `${path}/${name}`),
  )
  return path === '' ? inner : [path, ...inner]
}

const bits = (count: bigint) => fc.bigInt({ min: 0n, max: (1n << count) - 1n })
const word = bits(256n)
const bytes = fc.uint8Array({ maxLength: 40 })
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const mapOf = <T>(key: fc.Arbitrary<bigint>, of: fc.Arbitrary<T>) =>
  fc.array(fc.tuple(key, of), { maxLength: 4 }).map((entries) => new Map(entries))
const storage = mapOf(word, word)

const fields = fc
  .record({
    type: fc.constantFrom<TransactionType>(0, 1, 2, 3, 4),
    withoutChain: fc.boolean(),
    chainId: word,
    nonce: bits(64n),
    gasLimit: bits(64n),
    to: fc.option(bits(160n)),
    value: word,
    data: bytes,
    fee: word,
    tip: word,
    accessList: fc.array(fc.record({ address: bits(160n), keys: fc.array(word, { maxLength: 2 }) }), {
      maxLength: 2,
    }),
    maxFeePerBlobGas: word,
    blobHashes: fc.array(word, { maxLength: 2 }),
    authorizations: fc.array(
      fc.record({
        chainId: word,
        address: bits(160n),
        nonce: bits(64n),
        yParity: fc.nat(255),
        r: word,
        s: word,
      }),
      { maxLength: 2 },
    ),
  })
  .map(
    ({
      type,
      withoutChain,
      fee,
      tip,
      chainId,
      accessList,
      maxFeePerBlobGas,
      blobHashes,
      authorizations,
      ...rest
    }) =>
      newTransaction({
        type,
        ...rest,
        chainId: type === 0 && withoutChain ? null : chainId,
        maxFeePerGas: fee,
        maxPriorityFeePerGas: type < 2 ? fee : tip,
        ...(type > 0 && { accessList }),
        ...(type === 3 && { maxFeePerBlobGas, blobHashes }),
        ...(type === 4 && { authorizations }),
      }),
  )

const expected = fc.record({
  status: optional(fc.constantFrom<0 | 1>(0, 1)),
  gasUsed: optional(bits(64n)),
  cumulativeGasUsed: optional(bits(64n)),
  effectiveGasPrice: optional(word),
  blobGasUsed: optional(bits(64n)),
  blobGasPrice: optional(word),
  contractAddress: optional(bits(160n)),
  output: optional(bytes),
  error: optional(fc.string()),
  logs: optional(
    fc.array(fc.record({ address: bits(160n), topics: fc.array(word, { maxLength: 4 }), data: bytes }), {
      maxLength: 2,
    }),
  ),
  post: optional(
    mapOf(
      bits(160n),
      fc.option(
        fc.record({
          balance: optional(word),
          nonce: optional(bits(64n)),
          code: optional(bytes),
          storage: optional(storage),
        }),
      ),
    ),
  ),
})

const transaction: fc.Arbitrary<BundleTransaction> = fc.oneof(
  fc.record({ raw: bytes, sender: optional(bits(160n)), hash: optional(word), expected }),
  fc.record({ fields, sender: bits(160n), hash: optional(word), expected }),
)

const bundle: fc.Arbitrary<Bundle> = fc.record({
  name: fc.string({ maxLength: 200 }),
  description: optional(fc.string()),
  source: optional(fc.string()),
  chain: fc.record({
    chainId: word,
    fork: fc.string({ maxLength: 64 }),
    blobSchedule: optional(
      fc.record({
        target: fc.nat(),
        max: fc.nat(),
        updateFraction: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      }),
    ),
  }),
  block: fc.record({
    number: bits(64n),
    timestamp: optional(bits(64n)),
    coinbase: optional(bits(160n)),
    gasLimit: optional(bits(64n)),
    baseFee: optional(word),
    difficulty: optional(word),
    prevRandao: optional(word),
    excessBlobGas: optional(bits(64n)),
    parentBeaconBlockRoot: optional(word),
    gasUsedBefore: optional(bits(64n)),
    blockHashes: mapOf(bits(64n), word),
  }),
  pre: mapOf(bits(160n), fc.record({ balance: word, nonce: bits(64n), code: bytes, storage })),
  transactions: fc.array(transaction, { minLength: 1, maxLength: 3 }),
})

describe('serializeBundle', () => {
  it('is read back as it was, in any order of maps written as the same text', () => {
    fc.assert(
      fc.property(bundle, (given) => {
        const text = serializeBundle(given)
        const json = parseJson(text, 'b.json')
        expect(parseBundle(json, 'b.json')).toEqual(given)
        expect(isValid(SCHEMA, json)).toBe(true)
        const reversed = { ...given, pre: new Map([...given.pre].reverse()) }
        expect(serializeBundle(reversed)).toBe(text)
      }),
    )
  })
})

describe('the committed bundles', () => {
  const files = readdirSync(BUNDLES)
  const bundles = files.filter((name) => name.endsWith('.json'))

  it.each(bundles)('%s is a bundle as we write them, named after its file', (file) => {
    const text = readFileSync(join(BUNDLES, file), 'utf8')
    const json = parseJson(text, file)
    const parsed = parseBundle(json, file)
    expect(`${parsed.name}.json`).toBe(file)
    expect(serializeBundle(parsed)).toBe(text)
    expect(isValid(SCHEMA, json)).toBe(true)
  })

  it('are small', () => {
    expect(bundles.length).toBeGreaterThanOrEqual(12)
    const sizes = files.map((name) => statSync(join(BUNDLES, name)).size)
    expect(Math.max(...sizes)).toBeLessThan(300_000)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(600_000)
  })

  it('hold the first transaction of mainnet, and of its block only the number', () => {
    const file = 'first-mainnet-transaction.json'
    const { chain, block, pre, transactions } = parseBundle(
      parseJson(readFileSync(join(BUNDLES, file), 'utf8'), file),
      file,
    )
    expect(chain).toEqual({ chainId: 1n, fork: 'frontier' })
    expect(block).toEqual({ number: 46147n, blockHashes: new Map() })
    const sender = 0xa1e4380a3b1f749673e270229993ee55f35663b4n
    expect([...pre].map(([address, { balance }]) => [address, balance])).toEqual([
      [sender, 2000n * 10n ** 18n],
    ])
    const [{ raw, hash, expected }] = transactions
    expect(bytesToBigint(raw!.subarray(-32))).toBe(
      0x45e0aff800961cfce805daef7016b9b675c137a6a41a548f7b60a3484c06a33an,
    )
    expect(hash).toBe(0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060n)
    expect(expected).toEqual({ gasUsed: 21000n })
  })
})
