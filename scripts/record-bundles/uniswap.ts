import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Abi,
  type Address,
  encodeAbiParameters,
  getContractAddress,
  type Hex,
  keccak256,
  parseEther,
} from 'viem'
import type { Chain } from './chain.ts'
import type { Contract } from './compile.ts'
import { projectRoot } from './root.ts'
import { runScenario, type Scenario } from './scenario.ts'
import { writeRecording } from './write.ts'

/**
 * Scenarios of Uniswap, from the artifacts of its npm packages. Their licences (GPL, and for v3 core the BUSL) differ
 * from ours, so what is recorded from them is made when it is needed and never committed.
 */

const V2 = ['@uniswap/v2-core', '@uniswap/v2-periphery', '@openzeppelin/contracts']
const V3 = ['@uniswap/v3-core', '@uniswap/v3-periphery', ...V2.slice(1)]

const DEADLINE = 2_000_000_000n
const MILLION = parseEther('1000000')

/** A compiled contract as the packages hold it: the older ones leave out the 0x. */
function artifact(root: string, path: string): Contract {
  const { abi, bytecode } = JSON.parse(readFileSync(join(root, 'node_modules/@uniswap', path), 'utf8')) as {
    abi: Abi
    bytecode: string
  }
  return { abi, bytecode: `0x${bytecode.replace(/^0x/, '')}` }
}

/** Two tokens in the order of their addresses, a million of each minted, and all of it free for `spenders` to move. */
async function deployTokens(chain: Chain): Promise<{ token0: Address; token1: Address; abi: Abi }> {
  const { Token } = chain.compile('Token.sol')
  const tokens = [await chain.deploy(Token), await chain.deploy(Token)]
  for (const token of tokens) await chain.call(token, Token.abi, 'mint', [chain.accounts[0].address, MILLION])
  const [token0, token1] = tokens.sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  return { token0, token1, abi: Token.abi }
}

async function approve(chain: Chain, abi: Abi, tokens: readonly Address[], spender: Address): Promise<void> {
  for (const token of tokens) await chain.call(token, abi, 'approve', [spender, MILLION])
}

async function deployV2(chain: Chain) {
  const Factory = artifact(chain.root, 'v2-core/build/UniswapV2Factory.json')
  const Router = artifact(chain.root, 'v2-periphery/build/UniswapV2Router02.json')
  const owner = chain.accounts[0].address
  const tokens = await deployTokens(chain)
  const weth = await chain.deploy(artifact(chain.root, 'v2-periphery/build/WETH9.json'))
  const factory = await chain.deploy(Factory, [owner])
  const router = await chain.deploy(Router, [factory, weth])
  await approve(chain, tokens.abi, [tokens.token0, tokens.token1], router)
  await chain.mineSetup()
  return { ...tokens, weth, factory, router, Factory, Router, owner }
}

const v2Router: Scenario = {
  name: 'uniswap-v2-router',
  description:
    'Uniswap v2: a pair made by adding liquidity, swaps of tokens and ether through it, and its removal.',
  fork: 'osaka',
  packages: V2,
  async send(chain) {
    const { token0, token1, weth, factory, router, Router, Factory, owner } = await deployV2(chain)
    const call = (name: string, args: readonly unknown[], value = 0n) =>
      chain.call(router, Router.abi, name, args, { value, gas: 5_000_000n })
    const amount = parseEther('10000')
    await call('addLiquidity', [token0, token1, amount, amount * 2n, 0n, 0n, owner, DEADLINE])
    await call('addLiquidityETH', [token0, amount, 0n, 0n, owner, DEADLINE], parseEther('10'))
    await call('swapExactTokensForTokens', [parseEther('12'), 1n, [token0, token1], owner, DEADLINE])
    await call('swapExactETHForTokens', [1n, [weth, token0, token1], owner, DEADLINE], parseEther('0.5'))
    await call('swapTokensForExactETH', [parseEther('0.1'), MILLION, [token1, token0, weth], owner, DEADLINE])
    // More than the slippage allows: reverts with a reason.
    await call('swapExactTokensForTokens', [parseEther('12'), MILLION, [token0, token1], owner, DEADLINE])
    const pair = v2Pair(chain, factory, token0, token1)
    const Pair = artifact(chain.root, 'v2-core/build/UniswapV2Pair.json')
    await chain.call(pair, Pair.abi, 'approve', [router, MILLION])
    await call('removeLiquidity', [token0, token1, parseEther('1'), 0n, 0n, owner, DEADLINE])
    await chain.call(factory, Factory.abi, 'allPairsLength')
  },
}

const v2Flash: Scenario = {
  name: 'uniswap-v2-flash',
  description: 'Uniswap v2: a swap whose callback pays back what it borrowed, and one that cannot.',
  fork: 'osaka',
  packages: V2,
  async send(chain) {
    const { token0, token1, factory, router, Router, abi, owner } = await deployV2(chain)
    const { Borrower } = chain.compile('Borrower.sol')
    const Pair = artifact(chain.root, 'v2-core/build/UniswapV2Pair.json')
    const amount = parseEther('10000')
    await chain.call(router, Router.abi, 'addLiquidity', [
      token0,
      token1,
      amount,
      amount,
      0n,
      0n,
      owner,
      DEADLINE,
    ])
    const borrower = await chain.deploy(Borrower)
    await chain.call(token0, abi, 'transfer', [borrower, parseEther('10')])
    await chain.mineSetup()
    const pair = v2Pair(chain, factory, token0, token1)
    const borrow = (lent: bigint) =>
      chain.call(pair, Pair.abi, 'swap', [
        lent,
        0n,
        borrower,
        encodeAbiParameters([{ type: 'address' }], [token0]),
      ])
    await borrow(parseEther('1000'))
    await borrow(parseEther('9000'))
  },
}

/** Where the factory's CREATE2 puts the pair of two tokens in order. */
function v2Pair(chain: Chain, factory: Address, token0: Address, token1: Address): Address {
  const { bytecode } = artifact(chain.root, 'v2-core/build/UniswapV2Pair.json')
  const salt = keccak256(`${token0.toLowerCase() as Hex}${token1.slice(2).toLowerCase()}`)
  return getContractAddress({ opcode: 'CREATE2', from: factory, salt, bytecode })
}

const v3: Scenario = {
  name: 'uniswap-v3',
  description:
    'Uniswap v3: a pool made, a position minted, swaps in both directions across ticks, fees collected.',
  fork: 'osaka',
  packages: V3,
  async send(chain) {
    const owner = chain.accounts[0].address
    const Manager = artifact(
      chain.root,
      'v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json',
    )
    const Router = artifact(chain.root, 'v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json')
    const { token0, token1, abi } = await deployTokens(chain)
    const weth = await chain.deploy(artifact(chain.root, 'v2-periphery/build/WETH9.json'))
    const factory = await chain.deploy(
      artifact(chain.root, 'v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json'),
    )
    const router = await chain.deploy(Router, [factory, weth])
    // The third argument only draws pictures of positions.
    const manager = await chain.deploy(Manager, [factory, weth, weth])
    for (const spender of [router, manager]) await approve(chain, abi, [token0, token1], spender)
    await chain.mineSetup()
    const call = (to: Address, contract: Contract, name: string, args: readonly unknown[]) =>
      chain.call(to, contract.abi, name, args, { gas: 8_000_000n })
    const fee = 3000
    await call(manager, Manager, 'createAndInitializePoolIfNecessary', [token0, token1, fee, 2n ** 96n])
    const mint = (tickLower: number, tickUpper: number, desired: bigint) =>
      call(manager, Manager, 'mint', [
        {
          token0,
          token1,
          fee,
          tickLower,
          tickUpper,
          amount0Desired: desired,
          amount1Desired: desired,
          amount0Min: 0n,
          amount1Min: 0n,
          recipient: owner,
          deadline: DEADLINE,
        },
      ])
    await mint(-6000, 6000, parseEther('1000'))
    await mint(-60, 60, parseEther('10'))
    const swap = (tokenIn: Address, tokenOut: Address, amountIn: bigint) =>
      call(router, Router, 'exactInputSingle', [
        {
          tokenIn,
          tokenOut,
          fee,
          recipient: owner,
          deadline: DEADLINE,
          amountIn,
          amountOutMinimum: 0n,
          sqrtPriceLimitX96: 0n,
        },
      ])
    await swap(token0, token1, parseEther('40'))
    await swap(token1, token0, parseEther('90'))
    const all = 2n ** 128n - 1n
    await call(manager, Manager, 'collect', [
      { tokenId: 1n, recipient: owner, amount0Max: all, amount1Max: all },
    ])
    await call(manager, Manager, 'decreaseLiquidity', [
      { tokenId: 2n, liquidity: 1000n, amount0Min: 0n, amount1Min: 0n, deadline: DEADLINE },
    ])
  },
}

export const UNISWAP_SCENARIOS: readonly Scenario[] = [v2Router, v2Flash, v3]

/**
 * Records Uniswap v2 and v3 into `folder`, a bundle and its steps for each scenario; returns the names of the bundles.
 * Needs anvil and solc, both installed as development dependencies.
 */
export async function recordUniswap(folder: string): Promise<string[]> {
  const root = projectRoot()
  for (const scenario of UNISWAP_SCENARIOS)
    writeRecording(folder, join(folder, 'traces'), await runScenario(root, scenario))
  return UNISWAP_SCENARIOS.map(({ name }) => name)
}
