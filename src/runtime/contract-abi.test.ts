import { describe, expect, it } from 'vitest'
import { abiToJson, functionOf, readAbi, selectorOf } from './contract-abi.ts'

const FULL = {
  contract: 'Treasury 2',
  functions: [
    {
      ...{ name: 'deposit', selector: '0x3EC3E379', visibility: 'public', mutability: 'payable' },
      ...{ inputs: [{ name: 'amount', type: 'u64' }], outputs: [{ name: '', type: '(u64,bool)[2]' }] },
    },
    { name: 'deposit', inputs: [{ type: 'Table<Address,Option<u64>>[]' }] },
    { name: 'get', mutability: 'view' },
  ],
  events: [
    { name: 'Moved', fields: [{ name: 'to', type: 'Address', indexed: true }] },
    { name: 'Old', signature: 'Older(u8)', visibility: 'private' },
    { name: 'Own', topic: `0x${'Ab'.repeat(32)}` },
  ],
  state_variables: [{ name: 'owner', slot: 0, type: 'Address' }],
  tables: [{ name: 'balances', slot: `0x${'f'.repeat(64)}`, key_type: 'Address', value_type: 'u64' }],
  capabilities: ['storage', 'ledger.transfer'],
}

/** The ABI with one member changed. */
function changed(path: string, value: unknown): unknown {
  const copy = structuredClone(FULL) as unknown as Record<string, unknown>
  const names = path.split('.')
  let at = copy
  for (const name of names.slice(0, -1)) at = at[name] as Record<string, unknown>
  at[names[names.length - 1]] = value
  return copy
}

describe('readAbi', () => {
  it('works out what is left out, and keeps what is stated', () => {
    const abi = readAbi(FULL)
    expect(abi.functions.map(({ selector }) => selector)).toEqual([
      '0x3ec3e379',
      selectorOf('deposit(Table<Address,Option<u64>>[])'),
      '0x6d4ce63c', // get(), as every tool has it
    ])
    expect(abi.functions[1]).toMatchObject({ visibility: 'public', mutability: 'nonpayable', outputs: [] })
    expect(abi.functions[1].inputs[0].name).toBe('')
    expect(abi.events.map(({ signature }) => signature)).toEqual(['Moved(Address)', 'Older(u8)', 'Own()'])
    expect(abi.events[2].topic).toBe(`0x${'ab'.repeat(32)}`)
    expect(abi.tables[0].slot).toBe(2n ** 256n - 1n)
    const json = new TextDecoder().decode(abiToJson(abi))
    expect(readAbi(JSON.parse(json))).toEqual(abi)
    expect(json).toContain('"slot":0,')
  })

  it('has the selectors of the format and of Ethereum', () => {
    expect(selectorOf('deposit(u64)')).toBe('0x08ec3a6f')
    expect(selectorOf('transfer(address,uint256)')).toBe('0xa9059cbb')
    expect(
      readAbi({ contract: '', events: [{ name: 'Transfer', fields: transferFields }] }).events[0].topic,
    ).toBe('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef')
  })

  it('finds a function by name, signature and selector', () => {
    const abi = readAbi(FULL)
    expect(functionOf(abi, 'get').name).toBe('get')
    expect(functionOf(abi, 'deposit(u64)')).toBe(abi.functions[0])
    expect(functionOf(abi, '0x3EC3E379')).toBe(abi.functions[0])
    expect(() => functionOf(abi, 'deposit')).toThrow(
      'abi.functions: "deposit" names more than one function; there are: deposit(u64), deposit(Table',
    )
    expect(() => functionOf(abi, 'gte')).toThrow('"gte" is no function; there are: deposit(u64), ')
  })

  it.each([
    ['contract', 5, 'abi.contract: not a text (number)'],
    ['contract', 'a\u001bb', 'abi.contract: not a name ("a\\u001bb")'],
    ['contract', '\ud800', 'abi.contract: not a name ("\\ud800")'],
    ['owner', 1, 'abi.owner: unknown member'],
    ['functions', {}, 'abi.functions: not an array (object)'],
    ['functions.2', null, 'abi.functions[2]: not an object (null)'],
    ['functions.2.name', '', 'abi.functions[2].name: not a name ("")'],
    ['functions.2.name', 'a b', 'abi.functions[2].name: not a name ("a b")'],
    ['functions.2.name', 'x'.repeat(129), /^abi.functions\[2\].name: not a name \("x{40}"\)$/],
    ['functions.2.selector', '0x12', 'abi.functions[2].selector: not 4 bytes of hex ("0x12")'],
    ['functions.2.selector', '12345678', 'abi.functions[2].selector: not 4 bytes of hex ("12345678")'],
    ['functions.2.selector', null, 'abi.functions[2].selector: not 4 bytes of hex (null)'],
    [
      'functions.2.selector',
      '0x3ec3e379',
      'abi.functions[2].selector: 0x3ec3e379 is that of abi.functions[0] too',
    ],
    [
      'functions.2.visibility',
      'pub',
      'abi.functions[2].visibility: "pub" is none of public, private, external, internal',
    ],
    ['functions.2.mutability', true, /^abi.functions\[2\].mutability: boolean is none of nonpayable, /],
    ['functions.2.inputs', [{ name: 'a' }], 'abi.functions[2].inputs[0].type: missing'],
    [
      'functions.2.inputs',
      [{ type: 'u64', indexed: true }],
      'abi.functions[2].inputs[0].indexed: unknown member',
    ],
    ...[
      '',
      'u64 ',
      '(u64',
      '()',
      'u64[0]',
      'u64[',
      'u64[99999]',
      'A<>',
      'A<u8',
      '9',
      'u8,u8',
      '('.repeat(99),
      'u'.repeat(257),
    ].map(
      (type) =>
        ['functions.2.outputs', [{ type }], /^abi\.functions\[2\]\.outputs\[0\]\.type: not a type/] as const,
    ),
    [
      'functions.2.outputs',
      [{ type: `u8${'[]'.repeat(17)}` }],
      /^abi\.functions\[2\]\.outputs\[0\]\.type: not a type/,
    ],
    ['events.0.topic', '0x00', 'abi.events[0].topic: not 32 bytes of hex ("0x00")'],
    ['events.0.signature', 'Moved', 'abi.events[0].signature: not a signature ("Moved")'],
    ['events.0.fields', [{ type: 'u8' }], 'abi.events[0].fields[0].indexed: missing'],
    [
      'events.0.fields',
      [{ type: 'u8', indexed: 1 }],
      'abi.events[0].fields[0].indexed: not true or false (number)',
    ],
    [
      'state_variables.0.slot',
      -1,
      'abi.state_variables[0].slot: not an unsigned integer of 256 bits (number)',
    ],
    ['state_variables.0.slot', 0.5, 'abi.state_variables[0].slot: not an unsigned integer (number)'],
    [
      'state_variables.0.slot',
      `0x1${'0'.repeat(64)}`,
      /^abi.state_variables\[0\].slot: not an unsigned integer of 256/,
    ],
    ['tables.0.key_type', 5, 'abi.tables[0].key_type: not a text (number)'],
    ['tables.0', {}, 'abi.tables[0].name: missing'],
    ['capabilities.1', 'Storage', 'abi.capabilities[1]: not the name of a capability ("Storage")'],
    ['capabilities.1', 'storage', 'abi.capabilities[1]: storage is that of abi.capabilities[0] too'],
  ] as [string, unknown, string | RegExp][])('refuses %s being %j', (path, value, what) => {
    expect(() => readAbi(changed(path, value))).toThrow(
      expect.objectContaining({
        code: 'VALUE',
        message: typeof what === 'string' ? what : expect.stringMatching(what),
      }),
    )
  })

  it('takes a name for what it is', () => {
    const json = JSON.parse('{"contract":"C","__proto__":{"functions":[]}}')
    expect(() => readAbi(json)).toThrow('abi.__proto__: unknown member')
  })
})

const transferFields = ['from', 'to', 'value'].map((name) => {
  return { name, type: name === 'value' ? 'uint256' : 'address', indexed: name !== 'value' }
})
