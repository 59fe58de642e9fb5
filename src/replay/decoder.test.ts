import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Abi,
  encodeAbiParameters,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionData,
  encodeFunctionResult,
  erc20Abi,
  parseAbi,
  toEventHash,
  toFunctionSelector,
} from 'viem'
import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../core/hex.ts'
import { readCallAbi } from '../runtime/solidity-abi.ts'
import { Decoder, namedText } from './decoder.ts'
import { EVENTS, FUNCTIONS, knownEvents, knownFunctions } from './known-abi.ts'

/** ABIs as the packages of those contracts have them. */
const ARTIFACTS = [
  ...['ERC20Permit', 'ERC721', 'IERC721Metadata', 'IERC721Receiver', 'ERC1155', 'IERC1155Receiver'].map(
    (name) => `@openzeppelin/contracts/build/contracts/${name}.json`,
  ),
  ...['IUniswapV2Factory', 'IUniswapV2Pair', 'IUniswapV2Callee'].map(
    (name) => `@uniswap/v2-core/build/${name}.json`,
  ),
  '@uniswap/v2-periphery/build/UniswapV2Router02.json',
  '@uniswap/v2-periphery/build/WETH9.json',
  ...['UniswapV3Factory', 'UniswapV3Pool'].map(
    (name) => `@uniswap/v3-core/artifacts/contracts/${name}.sol/${name}.json`,
  ),
  ...['Swap', 'Mint', 'Flash'].map((name) => {
    const file = `IUniswapV3${name}Callback`
    return `@uniswap/v3-core/artifacts/contracts/interfaces/callback/${file}.sol/${file}.json`
  }),
  '@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json',
]
const TOKEN = 0xc0ffeen
const OTHER = `0x${'12'.repeat(20)}` as const

function artifact(path: string): unknown {
  return JSON.parse(readFileSync(join('node_modules', path), 'utf8'))
}

describe('known signatures', () => {
  const items = ARTIFACTS.flatMap((path) => (artifact(path) as { abi: Abi }).abi)
  it('are those of the contracts', () => {
    const selectors = items.flatMap((item) => (item.type === 'function' ? [toFunctionSelector(item)] : []))
    const functions = [...new Set(selectors)].flatMap(knownFunctions)
    expect(functions).toHaveLength(FUNCTIONS.length)
    const shapes = items.flatMap((item) =>
      item.type === 'event' ? [`${toEventHash(item)} ${item.inputs.map(({ indexed }) => indexed)}`] : [],
    )
    const topics = items.flatMap((item) => (item.type === 'event' ? [toEventHash(item)] : []))
    const events = [...new Set(topics)].flatMap(knownEvents)
    expect(events).toHaveLength(EVENTS.length)
    const ours = events.map(({ topic, fields }) => `${topic} ${fields.map(({ indexed }) => indexed)}`)
    expect(ours.filter((shape) => !shapes.includes(shape))).toEqual([])
  })

  it('decode what viem encodes', async () => {
    const decoder = new Decoder()
    const input = hexToBytes(
      encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [OTHER, 5n] }),
      'input',
    )
    expect(namedText((await decoder.call(TOKEN, input))!)).toBe(`transfer(to: ${OTHER}, value: 5)`)
    const output = hexToBytes(
      encodeFunctionResult({ abi: erc20Abi, functionName: 'transfer', result: true }),
      'output',
    )
    expect(await decoder.output(TOKEN, input, output)).toEqual([{ name: '', type: 'bool', value: true }])
    expect(await decoder.call(TOKEN, input.subarray(0, 40))).toBe(null)
    expect(await decoder.call(TOKEN, input.subarray(0, 3))).toBe(null)
  })
})

describe('an ABI of Solidity', () => {
  const abi = parseAbi([
    'struct Order { address maker; uint256[] amounts; }',
    'function fill(Order[] orders, string memo) returns (bytes32)',
    'event Filled(string indexed memo, Order order, int8 indexed side)',
    'error TooLate(uint256 deadline)',
  ])
  const decoder = new Decoder(new Map([[TOKEN, [readCallAbi(abi, 'abi')]]]))
  const orders = [{ maker: OTHER, amounts: [1n, 2n] }] as const

  it('names calls, logs and errors', async () => {
    const input = encodeFunctionData({ abi, functionName: 'fill', args: [orders, 'a\nb'] })
    const call = await decoder.call(TOKEN, hexToBytes(input, 'input'))
    expect(namedText(call!)).toBe(`fill(orders: [[${OTHER}, [1, 2]]], memo: "a\\nb")`)
    const topics = encodeEventTopics({ abi, eventName: 'Filled', args: { memo: 'x', side: -3 } }) as string[]
    const event = abi.find(({ type }) => type === 'event') as { inputs: readonly { type: string }[] }
    const data = encodeAbiParameters([event.inputs[1]] as never, [orders[0]] as never)
    const log = { address: TOKEN, topics: topics.map(BigInt), data: hexToBytes(data, 'data') }
    expect(namedText((await decoder.log(log))!)).toBe(
      `Filled(memo: ${topics[1]}, order: [${OTHER}, [1, 2]], side: -3)`,
    )
    // What a proxy logs is named by the ABI of what it stands for.
    expect(await decoder.log({ ...log, address: 1n })).not.toBe(null)
    expect(await decoder.log({ ...log, data: log.data.subarray(0, 40) })).toBe(null)
    expect(await decoder.log({ ...log, topics: log.topics.slice(0, 2) })).toBe(null)
    const error = encodeErrorResult({ abi, errorName: 'TooLate', args: [7n] })
    expect(await decoder.reason(TOKEN, hexToBytes(error, 'error'))).toBe('TooLate(deadline: 7)')
    expect(await decoder.reason(TOKEN, new Uint8Array(3))).toBe(null)
  })

  it('is refused where it is none, naming the place', () => {
    const cases: [unknown, string][] = [
      [5, 'abi: not an object (number)'],
      [{ abi: 5 }, 'abi.abi: not an array (number)'],
      [[{ type: 'function' }], 'abi[0].name: missing'],
      [[{ type: 'event', name: 'E', inputs: [{ name: 'x' }] }], 'abi[0].inputs[0].type: missing'],
      [[{ type: 'function', name: 'f', inputs: [{ type: 'ui nt' }] }], 'not a type ("ui nt")'],
    ]
    for (const [value, message] of cases) expect(() => readCallAbi(value, 'abi')).toThrow(message)
    expect(readCallAbi([{ type: 'constructor' }, { type: 'fallback' }], 'abi').functions).toEqual([])
  })
})
