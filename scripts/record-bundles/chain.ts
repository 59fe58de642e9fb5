import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Abi,
  type Address,
  createTestClient,
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  type Hash,
  type Hex,
  http,
  keccak256,
  publicActions,
  type TransactionSerializable,
} from 'viem'
import { type HDAccount, mnemonicToAccount } from 'viem/accounts'
import { type Contract, compile, compilerVersion } from './compile.ts'
import { type AnvilNode, GENESIS_TIME, MNEMONIC, startAnvil } from './node.ts'

/** A transaction that the node has, as signed; a blob transaction without its blobs. */
export interface Sent {
  readonly raw: Hex
  readonly hash: Hash
  readonly sender: Address
}

/** What a scenario says of a transaction; the rest has defaults. Nonces count up by themselves. */
export interface Request {
  /** Index of the sending account, 0 to 9. */
  readonly from?: number
  readonly to?: Address
  readonly value?: bigint
  readonly data?: Hex
  readonly gas?: bigint
  /** Members of the transaction's own type. */
  readonly fields?: Partial<TransactionSerializable>
  /** Turns the signed transaction into what is sent over the network, where that is another thing (blobs). */
  readonly wrap?: (raw: Hex) => Hex
}

const GWEI = 10n ** 9n
const CHAIN_ID = 31337
const COINBASE = '0x00000000000000000000000000000000c01bba5e'
const BLOCK_SECONDS = 12
/** Forks without EIP-1559, where transactions are legacy ones by default. */
const BEFORE_LONDON = ['istanbul', 'berlin']

export type Client = ReturnType<typeof connect>

function connect(url: string) {
  return createTestClient({
    mode: 'anvil',
    transport: http(url, { timeout: 120_000, maxResponseBodySize: 1 << 28 }),
  }).extend(publicActions)
}

/** A node with the rules of one fork, and what was sent to it. Everything sent is signed here, through viem. */
export class Chain {
  readonly root: string
  readonly fork: string
  readonly node: AnvilNode
  readonly client: Client
  readonly accounts: readonly HDAccount[]
  private readonly nonces = new Map<Address, number>()
  private pending: Sent[] = []
  private blocks = 0

  private constructor(root: string, fork: string, node: AnvilNode) {
    this.root = root
    this.fork = fork
    this.node = node
    this.client = connect(node.url)
    this.accounts = Array.from({ length: 10 }, (_, addressIndex) =>
      mnemonicToAccount(MNEMONIC, { addressIndex }),
    )
  }

  static async start(root: string, fork: string): Promise<Chain> {
    const chain = new Chain(root, fork, await startAnvil(fork))
    await chain.client.setCoinbase({ address: COINBASE })
    // The first blocks are empty, so that there are earlier ones to ask about.
    for (let i = 0; i < 3; i++) await chain.mine()
    return chain
  }

  /** Where everything comes from, for the bundle's `source`. `packages` are names in node_modules. */
  source(packages: readonly string[]): string {
    const tools = [`anvil ${this.node.version}`, `solc ${compilerVersion()} for ${this.fork}`]
    return [...tools, ...packages.map((name) => this.describe(name))].join(', ')
  }

  private describe(name: string): string {
    const manifest = readFileSync(join(this.root, 'node_modules', name, 'package.json'), 'utf8')
    const { version, license } = JSON.parse(manifest) as { version: string; license: string }
    return `${name} ${version} (${license})`
  }

  /** The contracts of fixtures/contracts/FILE, compiled for this fork. */
  compile(file: string): Record<string, Contract> {
    return compile(this.root, file, this.fork)
  }

  /** The nonce that the account's next transaction gets. */
  nextNonce(from = 0): number {
    return this.nonces.get(this.accounts[from].address) ?? 0
  }

  /** Takes the nonces that the node has: authorizations (EIP-7702) count them up too. */
  async refreshNonces(): Promise<void> {
    for (const { address } of this.accounts)
      this.nonces.set(address, await this.client.getTransactionCount({ address }))
  }

  /** Signs and sends; the transaction waits for `mine`. */
  async send(request: Request): Promise<Hash> {
    const { from = 0, to, value = 0n, data = '0x', gas = 3_000_000n, fields = {}, wrap } = request
    const account = this.accounts[from]
    const nonce = this.nextNonce(from)
    const transaction = { ...this.prices(fields), chainId: CHAIN_ID, nonce, to, value, data, gas, ...fields }
    const raw = await account.signTransaction(transaction as TransactionSerializable)
    this.nonces.set(account.address, nonce + 1)
    const hash = await this.client.sendRawTransaction({ serializedTransaction: wrap?.(raw) ?? raw } as never)
    if (hash !== keccak256(raw)) throw new Error(`the node gives ${hash} another hash than its bytes have`)
    this.pending.push({ raw, hash, sender: account.address.toLowerCase() as Address })
    return hash
  }

  /** Type and prices where the scenario names none. */
  private prices(fields: Partial<TransactionSerializable>): Partial<TransactionSerializable> {
    const type = fields.type ?? (BEFORE_LONDON.includes(this.fork) ? 'legacy' : 'eip1559')
    if (type === 'legacy' || type === 'eip2930') return { type, gasPrice: 5n * GWEI }
    return { type, maxFeePerGas: 10n * GWEI, maxPriorityFeePerGas: GWEI } as Partial<TransactionSerializable>
  }

  /** Sends initcode; the address is known before the block is. */
  async deploy(contract: Contract, args: readonly unknown[] = [], request: Request = {}): Promise<Address> {
    const from = this.accounts[request.from ?? 0].address
    const address = getContractAddress({ from, nonce: BigInt(this.nextNonce(request.from)) })
    const { abi, bytecode } = contract
    const data = encodeDeployData({ abi, bytecode, args })
    await this.send({ gas: 10_000_000n, ...request, data })
    return address
  }

  /** Calls a function by name. */
  call(
    to: Address,
    abi: Abi,
    functionName: string,
    args: readonly unknown[] = [],
    request: Request = {},
  ): Promise<Hash> {
    return this.send({ ...request, to, data: encodeFunctionData({ abi, functionName, args }) })
  }

  /** Mines what waits into one block and returns it, in order. Fails if the node left one out. */
  async mine(): Promise<{ number: bigint; sent: Sent[] }> {
    const sent = this.pending
    this.pending = []
    const timestamp = BigInt(GENESIS_TIME + BLOCK_SECONDS * ++this.blocks)
    await this.client.setNextBlockTimestamp({ timestamp })
    await this.client.mine({ blocks: 1 })
    const { number, transactions } = await this.client.getBlock()
    if (transactions.join() !== sent.map(({ hash }) => hash).join())
      throw new Error(
        `block ${number} holds ${transactions.length} of ${sent.length} transactions, or another order`,
      )
    return { number, sent }
  }

  /** Fails unless every transaction of the last block succeeded; for the steps that prepare a scenario. */
  async mineSetup(): Promise<void> {
    const { sent } = await this.mine()
    for (const { hash } of sent) {
      const { status } = await this.client.getTransactionReceipt({ hash })
      if (status !== 'success') throw new Error(`${hash}, which prepares the scenario, failed`)
    }
  }

  async stop(): Promise<void> {
    await this.node.stop()
  }
}
