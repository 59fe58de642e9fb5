import {
  type AbiEvent,
  type AbiFunction,
  type AbiParameter,
  readAbi,
  selectorOf,
  signatureOf,
  topicOf,
} from '../runtime/contract-abi.ts'

const TWO_TOKENS = 'address tokenA, address tokenB'
const AMOUNTS_MIN = 'uint256 amountAMin, uint256 amountBMin, address to, uint256 deadline'
const ETH_MIN = 'uint256 amountTokenMin, uint256 amountETHMin, address to, uint256 deadline'
const PATH = 'address[] path, address to, uint256 deadline'
const EXACT_IN = 'uint256 amountIn, uint256 amountOutMin'

/** Functions of tokens (ERC-20, 721, 1155 and WETH) and of Uniswap, as Solidity writes them. */
export const FUNCTIONS: readonly string[] = [
  // ERC-20, EIP-2612
  'transfer(address to, uint256 value) bool',
  'transferFrom(address from, address to, uint256 value)',
  'approve(address spender, uint256 value) bool',
  'balanceOf(address owner) uint256',
  'allowance(address owner, address spender) uint256',
  'totalSupply() uint256',
  'decimals() uint8',
  'name() string',
  'symbol() string',
  'permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  // ERC-721
  'ownerOf(uint256 tokenId) address',
  'safeTransferFrom(address from, address to, uint256 tokenId)',
  'safeTransferFrom(address from, address to, uint256 tokenId, bytes data)',
  'setApprovalForAll(address operator, bool approved)',
  'isApprovedForAll(address owner, address operator) bool',
  'getApproved(uint256 tokenId) address',
  'tokenURI(uint256 tokenId) string',
  'onERC721Received(address operator, address from, uint256 tokenId, bytes data) bytes4',
  // ERC-1155
  'safeTransferFrom(address from, address to, uint256 id, uint256 value, bytes data)',
  'safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] values, bytes data)',
  'balanceOf(address owner, uint256 id) uint256',
  'balanceOfBatch(address[] owners, uint256[] ids) uint256[]',
  'onERC1155Received(address operator, address from, uint256 id, uint256 value, bytes data) bytes4',
  'onERC1155BatchReceived(address operator, address from, uint256[] ids, uint256[] values, bytes data) bytes4',
  // ERC-165, WETH
  'supportsInterface(bytes4 interfaceId) bool',
  'deposit()',
  'withdraw(uint256 value)',
  // Uniswap v2: pairs, factory, router
  'swap(uint256 amount0Out, uint256 amount1Out, address to, bytes data)',
  'mint(address to) uint256',
  'burn(address to) uint256 amount0, uint256 amount1',
  'skim(address to)',
  'sync()',
  'getReserves() uint112 reserve0, uint112 reserve1, uint32 blockTimestampLast',
  'token0() address',
  'token1() address',
  `createPair(${TWO_TOKENS}) address`,
  `getPair(${TWO_TOKENS}) address`,
  'uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes data)',
  `addLiquidity(${TWO_TOKENS}, uint256 amountADesired, uint256 amountBDesired, ${AMOUNTS_MIN}) uint256 amountA, uint256 amountB, uint256 liquidity`,
  `addLiquidityETH(address token, uint256 amountTokenDesired, ${ETH_MIN}) uint256 amountToken, uint256 amountETH, uint256 liquidity`,
  `removeLiquidity(${TWO_TOKENS}, uint256 liquidity, ${AMOUNTS_MIN}) uint256 amountA, uint256 amountB`,
  `removeLiquidityETH(address token, uint256 liquidity, ${ETH_MIN}) uint256 amountToken, uint256 amountETH`,
  `swapExactTokensForTokens(${EXACT_IN}, ${PATH}) uint256[]`,
  `swapTokensForExactTokens(uint256 amountOut, uint256 amountInMax, ${PATH}) uint256[]`,
  `swapExactETHForTokens(uint256 amountOutMin, ${PATH}) uint256[]`,
  `swapTokensForExactETH(uint256 amountOut, uint256 amountInMax, ${PATH}) uint256[]`,
  `swapExactTokensForETH(${EXACT_IN}, ${PATH}) uint256[]`,
  `swapETHForExactTokens(uint256 amountOut, ${PATH}) uint256[]`,
  // Uniswap v3: pools, factory, router
  'initialize(uint160 sqrtPriceX96)',
  'mint(address recipient, int24 tickLower, int24 tickUpper, uint128 amount, bytes data) uint256 amount0, uint256 amount1',
  'collect(address recipient, int24 tickLower, int24 tickUpper, uint128 amount0Requested, uint128 amount1Requested) uint128 amount0, uint128 amount1',
  'burn(int24 tickLower, int24 tickUpper, uint128 amount) uint256 amount0, uint256 amount1',
  'swap(address recipient, bool zeroForOne, int256 amountSpecified, uint160 sqrtPriceLimitX96, bytes data) int256 amount0, int256 amount1',
  'flash(address recipient, uint256 amount0, uint256 amount1, bytes data)',
  'uniswapV3SwapCallback(int256 amount0Delta, int256 amount1Delta, bytes data)',
  'uniswapV3MintCallback(uint256 amount0Owed, uint256 amount1Owed, bytes data)',
  'uniswapV3FlashCallback(uint256 fee0, uint256 fee1, bytes data)',
  'createPool(address tokenA, address tokenB, uint24 fee) address',
  'getPool(address tokenA, address tokenB, uint24 fee) address',
  'multicall(bytes[] data) bytes[]',
]

/** Their events; some are told apart only by how many of their fields are indexed. */
export const EVENTS: readonly string[] = [
  'Transfer(address indexed from, address indexed to, uint256 value)',
  'Approval(address indexed owner, address indexed spender, uint256 value)',
  'Transfer(address indexed from, address indexed to, uint256 indexed tokenId)',
  'Approval(address indexed owner, address indexed approved, uint256 indexed tokenId)',
  'ApprovalForAll(address indexed owner, address indexed operator, bool approved)',
  'TransferSingle(address indexed operator, address indexed from, address indexed to, uint256 id, uint256 value)',
  'TransferBatch(address indexed operator, address indexed from, address indexed to, uint256[] ids, uint256[] values)',
  'URI(string value, uint256 indexed id)',
  'Deposit(address indexed to, uint256 value)',
  'Withdrawal(address indexed from, uint256 value)',
  'PairCreated(address indexed token0, address indexed token1, address pair, uint256 index)',
  'Mint(address indexed sender, uint256 amount0, uint256 amount1)',
  'Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to)',
  'Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)',
  'Sync(uint112 reserve0, uint112 reserve1)',
  'PoolCreated(address indexed token0, address indexed token1, uint24 indexed fee, int24 tickSpacing, address pool)',
  'Initialize(uint160 sqrtPriceX96, int24 tick)',
  'Mint(address sender, address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)',
  'Collect(address indexed owner, address recipient, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount0, uint128 amount1)',
  'Burn(address indexed owner, int24 indexed tickLower, int24 indexed tickUpper, uint128 amount, uint256 amount0, uint256 amount1)',
  'Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)',
  'Flash(address indexed sender, address indexed recipient, uint256 amount0, uint256 amount1, uint256 paid0, uint256 paid1)',
  'IncreaseObservationCardinalityNext(uint16 observationCardinalityNextOld, uint16 observationCardinalityNextNew)',
  'SetFeeProtocol(uint8 feeProtocol0Old, uint8 feeProtocol1Old, uint8 feeProtocol0New, uint8 feeProtocol1New)',
  'CollectProtocol(address indexed sender, address indexed recipient, uint128 amount0, uint128 amount1)',
]

/** Texts by the selector or topic of what they declare. */
type Texts = ReadonlyMap<string, readonly string[]>

let functionTexts: Texts | null = null
let eventTexts: Texts | null = null

/** The functions of that selector which most contracts share, those of tokens and of Uniswap. */
export function knownFunctions(selector: string): readonly AbiFunction[] {
  functionTexts ??= textsBy(selectorOf, FUNCTIONS)
  const functions = functionTexts.get(selector)?.map(signatureIn) ?? []
  return readAbi({ contract: 'known', functions }, 'known').functions
}

/** Their events of that topic. */
export function knownEvents(topic: string): readonly AbiEvent[] {
  eventTexts ??= textsBy(topicOf, EVENTS)
  const events = eventTexts.get(topic)?.map(eventIn) ?? []
  return readAbi({ contract: 'known', events }, 'known').events
}

/** To find one, all are hashed; to read all takes the time of a small transaction, and few are met. */
function textsBy(hashOf: (signature: string) => string, texts: readonly string[]): Texts {
  const found = new Map<string, string[]>()
  for (const text of texts) {
    const { name, inputs } = signatureIn(text)
    const hash = hashOf(signatureOf(name, inputs))
    found.set(hash, [...(found.get(hash) ?? []), text])
  }
  return found
}

function eventIn(text: string): Pick<AbiEvent, 'name' | 'fields'> {
  const { name, inputs } = signatureIn(text)
  const isIndexed = parametersIn(text).map((parameter) => parameter.includes(' indexed '))
  return { name, fields: inputs.map((field, i) => ({ ...field, indexed: isIndexed[i] })) }
}

/** `name(type name, …) type name, …` */
function signatureIn(text: string): Pick<AbiFunction, 'name' | 'inputs' | 'outputs'> {
  const outputs = text.slice(text.indexOf(')') + 1).trim()
  return {
    name: text.slice(0, text.indexOf('(')),
    inputs: parametersIn(text).map(parameterIn),
    outputs: outputs === '' ? [] : outputs.split(', ').map(parameterIn),
  }
}

function parametersIn(text: string): string[] {
  const inside = text.slice(text.indexOf('(') + 1, text.indexOf(')'))
  return inside === '' ? [] : inside.split(', ')
}

function parameterIn(text: string): AbiParameter {
  const words = text.split(' ')
  return { type: words[0], name: words.length > 1 ? words[words.length - 1] : '' }
}
