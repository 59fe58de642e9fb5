import { encodeFunctionData, getContractAddress, type Hex, keccak256, parseEther, toHex } from 'viem'
import { splitSignature } from './precompiles.ts'
import type { Scenario } from './scenario.ts'

/** Scenarios of contracts: tokens, proxies, factories, failures. */

const OPENZEPPELIN = ['@openzeppelin/contracts']

const erc20Deployment: Scenario = {
  name: 'erc20-deployment',
  description: 'Deployment of an OpenZeppelin ERC-20 with permit, and its first mint.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Token } = chain.compile('Token.sol')
    const token = await chain.deploy(Token)
    await chain.call(token, Token.abi, 'mint', [chain.accounts[0].address, parseEther('1000')])
  },
}

const erc20Transfers: Scenario = {
  name: 'erc20-transfers',
  description:
    'ERC-20 mint, transfer, approve and transferFrom, an approval by signature, and a transfer of too much that reverts.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Token } = chain.compile('Token.sol')
    const [owner, friend, spender] = chain.accounts.map(({ address }) => address)
    const token = await chain.deploy(Token)
    await chain.mineSetup()
    await chain.call(token, Token.abi, 'mint', [owner, parseEther('1000')])
    await chain.call(token, Token.abi, 'transfer', [friend, parseEther('1.5')])
    await chain.call(token, Token.abi, 'approve', [spender, parseEther('20')])
    await chain.call(token, Token.abi, 'transferFrom', [owner, friend, parseEther('3')], { from: 2 })
    const deadline = 2_000_000_000n
    const { r, s, v } = splitSignature(
      await chain.accounts[1].signTypedData({
        domain: { name: 'Token', version: '1', chainId: 31337, verifyingContract: token },
        types: {
          Permit: [
            { name: 'owner', type: 'address' },
            { name: 'spender', type: 'address' },
            { name: 'value', type: 'uint256' },
            { name: 'nonce', type: 'uint256' },
            { name: 'deadline', type: 'uint256' },
          ],
        },
        primaryType: 'Permit',
        message: { owner: friend, spender, value: 7n, nonce: 0n, deadline },
      }),
    )
    await chain.call(token, Token.abi, 'permit', [friend, spender, 7n, deadline, v, r, s], { from: 2 })
    await chain.call(token, Token.abi, 'transfer', [owner, parseEther('5000')], { from: 1 })
  },
}

const erc721: Scenario = {
  name: 'erc721',
  description:
    'ERC-721 mint with a long URI, a safe transfer into a contract that takes it, its release, and a burn.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Collectible, Vault } = chain.compile('Collectible.sol')
    const [owner, friend] = chain.accounts.map(({ address }) => address)
    const collectible = await chain.deploy(Collectible)
    const vault = await chain.deploy(Vault)
    await chain.mineSetup()
    const uri = `https://example.org/${'long-'.repeat(12)}name.json`
    await chain.call(collectible, Collectible.abi, 'mint', [owner, uri])
    await chain.call(collectible, Collectible.abi, 'safeTransferFrom', [owner, vault, 1n, '0x1234'])
    await chain.call(vault, Vault.abi, 'release', [collectible, friend, 1n])
    await chain.call(collectible, Collectible.abi, 'burn', [1n], { from: 1 })
    await chain.call(collectible, Collectible.abi, 'burn', [1n], { from: 1 })
  },
}

const proxy: Scenario = {
  name: 'proxy',
  description:
    'An ERC-1967 proxy set up in its constructor, called, upgraded by itself (UUPS), and called again.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Counter, CounterByTen, CounterProxy } = chain.compile('Counter.sol')
    const owner = chain.accounts[0].address
    const first = await chain.deploy(Counter)
    const second = await chain.deploy(CounterByTen)
    await chain.mineSetup()
    const setUp = encodeFunctionData({ abi: Counter.abi, functionName: 'initialize', args: [owner] })
    const counter = await chain.deploy(CounterProxy, [first, setUp])
    await chain.call(counter, Counter.abi, 'increment')
    await chain.call(counter, Counter.abi, 'upgradeToAndCall', [second, '0x'], { from: 1 })
    await chain.call(counter, Counter.abi, 'upgradeToAndCall', [
      second,
      encodeFunctionData({ abi: Counter.abi, functionName: 'increment' }),
    ])
    await chain.call(counter, Counter.abi, 'increment', [], { from: 1 })
  },
}

const multicall: Scenario = {
  name: 'multicall',
  description:
    'Several calls in one transaction: reads of a token, payments, and the hash of the block before.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Token } = chain.compile('Token.sol')
    const { Batch } = chain.compile('Batch.sol')
    const token = await chain.deploy(Token)
    const batch = await chain.deploy(Batch)
    await chain.mineSetup()
    const read = (functionName: string, args: readonly unknown[] = []) => ({
      to: token,
      value: 0n,
      data: encodeFunctionData({ abi: Token.abi, functionName, args }),
    })
    const reads = [read('name'), read('totalSupply'), read('balanceOf', [batch]), read('DOMAIN_SEPARATOR')]
    const pay = (address: Hex, value: bigint) => ({ to: address, value, data: '0x' as const })
    const payments = [pay(chain.accounts[3].address, 5n), pay(`0x${'ab'.repeat(20)}`, 7n)]
    await chain.call(batch, Batch.abi, 'execute', [[...reads, ...payments]], { value: 12n })
    // Minting is refused to a stranger, and the second payment is more than there is.
    const refused = [read('mint', [batch, 1n]), pay(token, 1n), pay(chain.accounts[3].address, 1n)]
    await chain.call(batch, Batch.abi, 'tryAll', [refused], { value: 1n })
    await chain.call(batch, Batch.abi, 'execute', [refused], { value: 1n })
  },
}

const create2Factory: Scenario = {
  name: 'create2-factory',
  description:
    'Contracts made by CREATE and CREATE2, one paid for, a minimal proxy of it, and a second one at a taken address.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Factory } = chain.compile('Factory.sol')
    const factory = await chain.deploy(Factory)
    await chain.mineSetup()
    const salt = keccak256(toHex('salt'))
    const call = (name: string, args: readonly unknown[], value = 0n) =>
      chain.call(factory, Factory.abi, name, args, { value })
    await call('make', [salt, 42n], 5n)
    await call('makeByNonce', [43n])
    // Its own nonce is 2 by then: it began with 1, and CREATE2 counts.
    const child = getContractAddress({ from: factory, nonce: 2n })
    await call('clone', [child, salt, 44n])
    await call('make', [salt, 42n])
  },
}

const failures: Scenario = {
  name: 'failures',
  description:
    'Every way to fail: a reason, an error with values, a panic, INVALID, out of gas, and failures caught by the caller.',
  fork: 'osaka',
  async send(chain) {
    const { Failures } = chain.compile('Failures.sol')
    const contract = await chain.deploy(Failures)
    await chain.mineSetup()
    const call = (name: string, args: readonly unknown[] = [], gas = 100_000n) =>
      chain.call(contract, Failures.abi, name, args, { gas })
    await call('withReason')
    await call('withError', [5n])
    await call('withPanic', [0n])
    await call('withInvalid')
    await call('withoutEnd', [], 60_000n)
    await call('caught')
    await call('writesInStaticCall')
    // Initcode that reverts, jumps nowhere, underflows, and code that may not begin with 0xef.
    for (const data of ['0x60aa60005260016000fd', '0x600156', '0x01', '0x60ef60005360016000f3'] as const)
      await chain.send({ data, gas: 80_000n })
  },
}

function selfDestruct(fork: string, description: string): Scenario {
  return {
    name: `selfdestruct-${fork}`,
    description,
    fork,
    async send(chain) {
      const { Mortal, Mayfly } = chain.compile('Mortal.sol')
      const mortal = await chain.deploy(Mortal, [], { value: 1000n })
      const mayfly = await chain.deploy(Mayfly)
      await chain.mineSetup()
      const heir = `0x${'4e'.repeat(20)}` as const
      await chain.call(mortal, Mortal.abi, 'die', [heir])
      await chain.call(mortal, Mortal.abi, 'value')
      await chain.call(mayfly, Mayfly.abi, 'live', [heir], { value: 77n })
    },
  }
}

const transient: Scenario = {
  name: 'transient-storage',
  description: 'A lock in transient storage, its refusal of a second entry, and copies within memory.',
  fork: 'osaka',
  packages: OPENZEPPELIN,
  async send(chain) {
    const { Guarded } = chain.compile('Guarded.sol')
    const guarded = await chain.deploy(Guarded)
    await chain.mineSetup()
    await chain.call(guarded, Guarded.abi, 'enter')
    await chain.call(guarded, Guarded.abi, 'enterTwice')
    await chain.call(guarded, Guarded.abi, 'enter')
    await chain.call(guarded, Guarded.abi, 'copy', [`0x${'c0de'.repeat(50)}`])
  },
}

export const CONTRACT_SCENARIOS: readonly Scenario[] = [
  erc20Deployment,
  erc20Transfers,
  erc721,
  proxy,
  multicall,
  create2Factory,
  failures,
  selfDestruct(
    'shanghai',
    'Contracts that destroy themselves and are gone, one of them made in the same transaction.',
  ),
  selfDestruct('osaka', 'The same since EIP-6780: only the one made in the same transaction is gone.'),
  transient,
]
