import { address, bytesOf, encodeRlp, hex, keccak, quantity } from './encoding.ts'
import { Machine, type Setting } from './model.ts'
import { type Account, emptyAccount, newWorld, rootOf, type World } from './world.ts'

export const CONTRACT = 0xc0den
export const OTHER = 0xbeefn
const SENDER = 0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2an
const SECRET_KEY = `0x${'11'.repeat(32)}`
const GAS_PRICE = 16n
const GAS_LIMIT = 3_000_000n

const SETTING: Setting = {
  origin: SENDER,
  gasPrice: GAS_PRICE,
  chainId: 1n,
  coinbase: 0xcbn,
  timestamp: 1_700_000_000n,
  number: 1000n,
  difficulty: 0n,
  prevRandao: 0x2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2an,
  gasLimit: 30_000_000n,
  baseFee: 10n,
}

const ENV = {
  currentCoinbase: address(SETTING.coinbase),
  currentGasLimit: quantity(SETTING.gasLimit),
  currentNumber: quantity(SETTING.number),
  currentTimestamp: quantity(SETTING.timestamp),
  currentDifficulty: '0x0',
  currentRandom: hex(bytesOf(SETTING.prevRandao, 32)),
  currentBaseFee: quantity(SETTING.baseFee),
  currentExcessBlobGas: '0x0',
}

/** A test: accounts, and transactions to CONTRACT that differ in data, or in value, each with a label. */
export interface Test {
  readonly name: string
  readonly comment: string
  readonly accounts: readonly (readonly [bigint, Partial<Account>])[]
  readonly cases: readonly { readonly label: string; readonly data?: Uint8Array; readonly value?: bigint }[]
  readonly gasLimit?: bigint
}

/** What a transaction left, and how its message ended. */
export interface Done {
  readonly world: World
  readonly end: 'ok' | 'revert' | 'trap'
  readonly gasUsed: bigint
}

export function accountsOf(test: Pick<Test, 'accounts'>): Map<bigint, Account> {
  const sender = { ...emptyAccount(), balance: 10n ** 20n }
  const others = test.accounts.map(
    ([at, account]) => [at, { ...emptyAccount(), nonce: 1n, ...account }] as const,
  )
  return new Map([[SENDER, sender], ...others])
}

/** Runs a transaction on the model: intrinsic gas, the message, refund and fees as under Cancun. */
export function transact(
  accounts: ReadonlyMap<bigint, Account>,
  data: Uint8Array,
  value: bigint,
  limit: bigint,
): Done {
  const world = newWorld(accounts)
  const machine = new Machine(world, SETTING)
  const sender = machine.account(SENDER)
  sender.balance -= limit * GAS_PRICE
  sender.nonce++
  for (let n = 1n; n <= 10n; n++) world.warm.add(n)
  for (const warm of [SENDER, CONTRACT, SETTING.coinbase]) world.warm.add(warm)
  const intrinsic = [...data].reduce((sum, byte) => sum + (byte === 0 ? 4n : 16n), 21000n)
  const { code } = machine.account(CONTRACT)
  const common = { self: CONTRACT, caller: SENDER, value, input: data, isStatic: false, depth: 0 }
  const { end, gas } = machine.message({ ...common, code, gas: limit - intrinsic }, value, CONTRACT)
  const used = limit - gas
  const refund = machine.world.refund < used / 5n ? machine.world.refund : used / 5n
  const gasUsed = used - refund
  machine.account(SENDER).balance += (limit - gasUsed) * GAS_PRICE
  machine.account(SETTING.coinbase).balance += gasUsed * (GAS_PRICE - SETTING.baseFee)
  for (const gone of machine.world.destroyed) machine.world.accounts.delete(gone)
  return { world: machine.world, end, gasUsed }
}

/** The test in the form of the public state tests, expectations from the model. */
async function fill(test: Test): Promise<object> {
  const accounts = accountsOf(test)
  const limit = test.gasLimit ?? GAS_LIMIT
  const datas = [...new Set(test.cases.map((one) => hex(one.data ?? new Uint8Array(0))))]
  const values = [...new Set(test.cases.map(({ value = 0n }) => quantity(value)))]
  const posts = []
  for (const { data = new Uint8Array(0), value = 0n } of test.cases) {
    const { world } = transact(accounts, data, value, limit)
    const logs = world.logs.map((log) => [
      bytesOf(log.address, 20),
      log.topics.map((topic) => bytesOf(topic, 32)),
      log.data,
    ])
    posts.push({
      hash: hex(await rootOf(world.accounts)),
      logs: hex(keccak(encodeRlp(logs))),
      indexes: { data: datas.indexOf(hex(data)), gas: 0, value: values.indexOf(quantity(value)) },
    })
  }
  const pre = [...accounts].map(([at, account]) => [address(at), written(account)])
  return {
    _info: {
      comment: test.comment,
      labels: Object.fromEntries(test.cases.map(({ label }, i) => [i, label])),
    },
    env: ENV,
    pre: Object.fromEntries(pre),
    transaction: {
      nonce: '0x0',
      gasPrice: quantity(GAS_PRICE),
      gasLimit: [quantity(limit)],
      to: address(CONTRACT),
      value: values,
      data: datas,
      sender: address(SENDER),
      secretKey: SECRET_KEY,
    },
    post: { zvm: posts },
  }
}

function written({ nonce, balance, code, storage }: Account): object {
  const slots = [...storage].map(([key, value]) => [quantity(key), quantity(value)])
  return {
    nonce: quantity(nonce),
    balance: quantity(balance),
    code: hex(code),
    storage: Object.fromEntries(slots),
  }
}

/** The text of a file: a line a test, so that a change shows where it is. */
export async function fileOf(tests: readonly Test[]): Promise<string> {
  const lines: string[] = []
  for (const test of tests) lines.push(`${JSON.stringify(test.name)}: ${JSON.stringify(await fill(test))}`)
  return `{\n${lines.join(',\n')}\n}\n`
}
