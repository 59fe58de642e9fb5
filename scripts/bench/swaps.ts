import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Abi, encodeFunctionData, type Hex, parseAbi } from 'viem'
import { hexToBytes } from '../../src/core/hex.ts'
import { compileProgram } from './compile.ts'
import { CONTRACT, NO_SLOTS, OWN_PROGRAMS, type Program, SENDER } from './program.ts'
import { accountsAfter } from './zvm.ts'

/** A program that takes time to make. */
export interface SwapProgram {
  readonly name: string
  make(): Program
}

/** Swaps through Uniswap's routers. Its licences differ from ours: the code is that of its npm packages, run from there. */
export const SWAP_PROGRAMS: readonly SwapProgram[] = [
  {
    name: 'uniswap/v2-swaps',
    make: () =>
      swapProgram('uniswap/v2-swaps', 'V2', 40n, [
        'v2-core/build/UniswapV2Factory.json',
        'v2-periphery/build/UniswapV2Router02.json',
      ]),
  },
  {
    name: 'uniswap/v3-swaps',
    make: () =>
      swapProgram('uniswap/v3-swaps', 'V3', 40n, [
        'v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json',
        'v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json',
      ]),
  },
]

const ABI: Abi = parseAbi([
  'function setUpV2(bytes, bytes)',
  'function setUpV3(bytes, bytes)',
  'function swapV2(uint256) returns (uint256)',
  'function swapV3(uint256) returns (uint256)',
])

const GAS_LIMIT = 1_000_000_000n

/** Sets up the exchange in a message of its own, and goes on from the accounts that there are then. */
function swapProgram(
  name: string,
  version: 'V2' | 'V3',
  times: bigint,
  artifacts: readonly string[],
): Program {
  const swap: Program = {
    name,
    code: hexToBytes(`0x${compileProgram(join(OWN_PROGRAMS, 'swaps.sol'), 'Swaps')}`, name),
    input: inputOf(`swap${version}`, [times]),
    gasLimit: GAS_LIMIT,
    balance: 0n,
    storage: NO_SLOTS,
    accounts: [],
    expected: { status: 'success', gasUsed: null, output: null },
  }
  const setUp = { ...swap, input: inputOf(`setUp${version}`, artifacts.map(initcodeOf)) }
  const after = accountsAfter(setUp).accounts
  const others = [...after].filter(([address]) => address !== CONTRACT && address !== SENDER)
  return {
    ...swap,
    storage: after.get(CONTRACT)!.storage,
    accounts: others.map(([address, account]) => ({ address, ...account })),
  }
}

function inputOf(functionName: string, args: readonly unknown[]): Uint8Array {
  return hexToBytes(encodeFunctionData({ abi: ABI, functionName, args }), functionName)
}

/** The initcode in a package of Uniswap; the older ones leave out the 0x. */
function initcodeOf(path: string): Hex {
  const { bytecode } = JSON.parse(readFileSync(join('node_modules/@uniswap', path), 'utf8')) as {
    bytecode: string
  }
  return `0x${bytecode.replace(/^0x/, '')}`
}
