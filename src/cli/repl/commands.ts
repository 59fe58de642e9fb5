import type { CapabilityRuntime } from '../../capabilities.ts'
import { statusOf } from '../../chain/call.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { bytesToHex, hexToBytes, parseAddress, parseNumber, toFixedHex } from '../../core/hex.ts'
import type { BlockEnvironment } from '../../core/host.ts'
import { readJsonFile } from '../../host/read-file.ts'
import { writeAtomically } from '../../host/write-file.ts'
import { serializeBundle } from '../../replay/bundle-writer.ts'
import { valueText } from '../../replay/decoder.ts'
import { decodeValues, encodeCall } from '../../runtime/abi-codec.ts'
import type { AbiFunction } from '../../runtime/contract-abi.ts'
import { readCallAbi } from '../../runtime/solidity-abi.ts'
import type { MemoryAccount } from '../../state/memory-source.ts'
import { argumentValues } from '../call-data.ts'
import { plain } from '../plain.ts'
import { errorText } from '../runtime-options.ts'
import { codeGiven } from '../stepper/opened.ts'
import { chosenTable } from '../table.ts'
import type { Repl } from './repl.ts'
import { bundleOf, type Contract, newBench, withState } from './workbench.ts'

/** A command: what help shows, and what it does with what follows its name. */
export interface ReplCommand {
  readonly usage: string
  readonly describe: string
  run(repl: Repl, words: readonly string[], rest: string): Promise<readonly string[]> | readonly string[]
}

/** Where contracts are put that are loaded without an address. */
const FIRST_CONTRACT = 0xc0de0001n

/** The commands by name, in the order of help. */
export const REPL_COMMANDS: Readonly<Record<string, ReplCommand>> = {
  help: {
    usage: '',
    describe: 'this list',
    run: () => [
      'Type assembly, or 0x hex: it runs as it is typed. A line that ends in \\ goes on, and so does { to }.',
      ...Object.entries(REPL_COMMANDS).map(
        ([name, { usage, describe }]) => ` :${`${name} ${usage}`.trimEnd().padEnd(34)} ${describe}`,
      ),
    ],
  },
  table: {
    usage: 'evm|zvm|FORK',
    describe: 'choose the instruction set; contracts and state begin anew',
    async run(repl, [name = '']) {
      const table =
        (await chosenTable({ table: name }).catch(() => null)) ?? (await chosenTable({ fork: name }))
      const { gas, sender, outside } = repl.bench
      repl.become(newBench(table ?? repl.bench.table, gas, sender, outside))
      return [`table ${repl.bench.table.name}`]
    },
  },
  load: {
    usage: 'FILE [NAME] [ADDRESS]',
    describe: 'put a contract in the state: container, .zasm, hex, artifact of solc',
    run: (repl, [path = '', name, address]) => load(repl, path, name, address),
  },
  deploy: {
    usage: 'FILE|HEX [NAME]',
    describe: 'run initcode and keep what it deploys',
    run: (repl, [path = '', name]) => deploy(repl, path, name),
  },
  call: {
    usage: 'NAME.function(ARGS) | ADDRESS [HEX]',
    describe: 'call a contract, by its ABI or with calldata',
    run: (repl, _words, rest) => call(repl, rest),
  },
  set: {
    usage: 'WHAT [ADDRESS [SLOT]] VALUE',
    describe: 'balance, nonce, code, storage of an address; sender, value, input, gas, block.number, …',
    run: (repl, words) => set(repl, words),
  },
  contracts: {
    usage: '',
    describe: 'list what is loaded',
    run: ({ bench }) => bench.contracts.flatMap(contractLines),
  },
  show: {
    usage: '[stack|memory|storage|logs|calls]',
    describe: 'show all of the machine, or a part',
    run: (repl, [part]) => repl.show(part ?? null),
  },
  list: { usage: '', describe: 'the program so far', run: ({ bench }) => bench.program },
  back: {
    usage: '[N]',
    describe: 'look at the machine N instructions earlier; typing goes on from the end',
    run(repl, [text = '1']) {
      const count = Number(parseNumber(text, 'back', 53))
      return repl.look((at) => at - count)
    },
  },
  step: {
    usage: '[N]',
    describe: 'look at it N instructions later',
    run(repl, [text = '1']) {
      const count = Number(parseNumber(text, 'step', 53))
      return repl.look((at) => at + count)
    },
  },
  undo: {
    usage: '',
    describe: 'take back the last line or command that changed something',
    run: (repl) => repl.undo(),
  },
  reset: {
    usage: '',
    describe: 'drop the program that is being typed',
    run(repl) {
      repl.become({ ...repl.bench, program: [] })
      return []
    },
  },
  save: {
    usage: 'FILE.zasm | FILE.json',
    describe: 'keep the program as assembly, or what was run as a bundle for replay and step',
    run: (repl, [path = '']) => save(repl, path),
  },
  quit: { usage: '', describe: 'leave; so does ctrl-d', run: () => [] },
}

async function load(repl: Repl, path: string, name?: string, given?: string): Promise<string[]> {
  if (path === '') refuse('load: name a file')
  const { code, fileName, ...known } = await codeOf(repl, path, false)
  const next = FIRST_CONTRACT + BigInt(repl.bench.contracts.length)
  const address = given === undefined ? next : parseAddress(given, 'load')
  const bench = withState(repl.bench, (source) => {
    const { nonce = 1n, balance = 0n, storage = new Map() } = source.account(address) ?? {}
    source.set(address, nonce, balance, code, new Map(storage))
  })
  const contract = contractOf(name ?? fileName, address, known)
  repl.become({ ...bench, contracts: [...others(bench.contracts, contract), contract] })
  return contractLines(contract)
}

async function deploy(repl: Repl, path: string, name?: string): Promise<string[]> {
  const { code, fileName, ...known } = await codeOf(repl, path, true)
  const lines = await repl.send(null, code)
  const address = repl.debug?.driver.result.address ?? 0n
  if (address === 0n || repl.hasFailed) return lines
  const contract = contractOf(name ?? fileName, address, known)
  const { bench } = repl
  repl.amend({ ...bench, contracts: [...others(bench.contracts, contract), contract] })
  return [...lines, ...contractLines(contract)]
}

async function codeOf({ bench }: Repl, path: string, create: boolean) {
  const json = path.endsWith('.json') ? readJsonFile(path) : null
  const isNative = bench.table.name === 'zvm'
  const { given, abi } = await codeGiven({ code: path, create }, path, json)
  const target = given?.container?.target
  if (target === 'wasm-lite') refuse(`${path}: a module of wasm-lite, which no line here can show`)
  if (target !== undefined && (target === 'zvm') !== isNative)
    refuse(`${path}: its target is ${target}; :table ${target} first`)
  const base = path.replace(/^.*\//, '').replace(/\.[^.]*$/, '')
  const capabilities = given?.container?.abi?.capabilities ?? []
  return { code: given?.code ?? new Uint8Array(0), abiJson: abi, capabilities, fileName: base }
}

function contractOf(name: string, address: bigint, known: Known): Contract {
  if (!/^[A-Za-z_]\w{0,63}$/.test(name)) refuse(`${plain(name.slice(0, 40))}: not a name; give one`)
  return { ...known, name, address, abi: known.abiJson === null ? null : readCallAbi(known.abiJson, name) }
}

type Known = Pick<Contract, 'abiJson' | 'capabilities'>

function others(contracts: readonly Contract[], { name }: Contract): Contract[] {
  return contracts.filter((each) => each.name !== name)
}

function contractLines({ name, address, abi }: Contract): string[] {
  const functions = (abi?.functions ?? []).map((each) => `  ${signatureOf(each)}`)
  return [`${name} at ${toFixedHex(address, 20)}`, ...functions]
}

function signatureOf({ name, inputs }: AbiFunction): string {
  return `${name}(${inputs.map((input) => `${input.type} ${input.name}`.trimEnd()).join(', ')})`
}

async function call(repl: Repl, rest: string): Promise<readonly string[]> {
  const [, named, method, args] = /^([A-Za-z_]\w*)\.([A-Za-z_$][\w$]*)\((.*)\)$/s.exec(rest) ?? []
  if (named === undefined) {
    const [target = '', data = '0x'] = rest.split(/\s+/)
    const to = contractNamed(repl, target)?.address ?? parseAddress(target, 'call')
    return repl.send(to, hexToBytes(data, 'call'))
  }
  const contract = contractNamed(repl, named) ?? refuse(`${named}: no contract of that name`)
  const values = argumentValues(args.trim() === '' ? '' : args)
  const functions = contract.abi?.functions.filter(({ name }) => name === method) ?? []
  const called = functions.find(({ inputs }) => inputs.length === values.length) ?? functions[0]
  if (!called) refuse(`${named} has no function ${method}`)
  const trimmed = values.map((value) => (typeof value === 'string' ? value.trim() : value))
  const lines = await repl.send(contract.address, await encodeCall(called, trimmed))
  if (repl.hasFailed || called.outputs.length === 0) return lines
  const given = await decodeValues(called.outputs, repl.debug!.driver.result.output).catch(() => [])
  return [...lines, ...given.map((value) => plain(`= ${valueText(value)}`))]
}

function contractNamed({ bench }: Repl, name: string): Contract | undefined {
  return bench.contracts.find((each) => each.name === name)
}

const BLOCK_FIELDS: Readonly<Record<string, keyof BlockEnvironment>> = {
  ...{ 'block.number': 'number', 'block.timestamp': 'timestamp', 'block.gaslimit': 'gasLimit' },
  ...{ 'block.difficulty': 'difficulty', 'block.prevrandao': 'prevRandao', 'block.basefee': 'baseFee' },
  ...{ 'block.blobbasefee': 'blobBaseFee', 'block.coinbase': 'coinbase' },
}

function set(repl: Repl, [what = '', ...values]: readonly string[]): string[] {
  const { bench } = repl
  const number = (text: string | undefined, bits = 256) => parseNumber(text, what, bits)
  const field = Object.hasOwn(BLOCK_FIELDS, what) ? BLOCK_FIELDS[what] : null
  if (field) repl.become({ ...bench, block: { ...bench.block, [field]: number(values[0]) } })
  else if (what === 'value') repl.become({ ...bench, value: number(values[0]) })
  else if (what === 'gas') repl.become({ ...bench, gas: number(values[0], 64) })
  else if (what === 'chainid') repl.become({ ...bench, chainId: number(values[0]) })
  else if (what === 'sender') repl.become({ ...bench, sender: parseAddress(values[0], what) })
  else if (what === 'input') repl.become({ ...bench, input: hexToBytes(values[0], what) })
  else {
    if (!ACCOUNT_FIELDS.includes(what))
      refuse(`set: ${plain(what.slice(0, 40))} is nothing that can be set; :help tells`)
    const [target = '', ...rest] = values
    const address =
      contractNamed(repl, target)?.address ?? (target === 'self' ? bench.self : parseAddress(target, what))
    const change = accountChange(what, rest)
    repl.become(
      withState(bench, (source) => {
        const before = source.account(address)
        const account = { nonce: 0n, balance: 0n, code: new Uint8Array(0), ...before }
        const storage = new Map(before?.storage ?? [])
        change(account, storage)
        source.set(address, account.nonce, account.balance, account.code, storage)
      }),
    )
  }
  return []
}

const ACCOUNT_FIELDS: readonly string[] = ['balance', 'nonce', 'code', 'storage']

type Changed = { -readonly [K in 'nonce' | 'balance' | 'code']: MemoryAccount[K] }

function accountChange(
  what: string,
  [first, second]: readonly string[],
): (account: Changed, storage: Map<bigint, bigint>) => void {
  if (what === 'balance') {
    const balance = parseNumber(first, what)
    return (account) => Object.assign(account, { balance })
  }
  if (what === 'nonce') {
    const nonce = parseNumber(first, what, 64)
    return (account) => Object.assign(account, { nonce })
  }
  if (what === 'code') {
    const code = hexToBytes(first, what)
    return (account) => Object.assign(account, { code })
  }
  const [key, value] = [parseNumber(first, 'slot'), parseNumber(second, 'value')]
  return (_account, storage) => void storage.set(key, value)
}

function save({ bench }: Repl, path: string): string[] {
  if (path.endsWith('.zasm')) {
    const target = bench.table.name === 'zvm' ? 'zvm' : 'evm'
    if (bench.lastProgram.length === 0) refuse('save: no program has been typed')
    writeAtomically(path, `.target ${target}\n${bench.lastProgram.join('\n')}\n`)
  } else if (path.endsWith('.json')) {
    const name = path.replace(/^.*\//, '').replace(/\.json$/, '')
    writeAtomically(path, serializeBundle(bundleOf(bench, plain(name))))
  } else refuse('save: name a file that ends in .zasm or .json')
  return [`saved to ${plain(path)}`]
}

/** How a message ended, in a line. */
export function endLine(repl: Repl): string {
  const debug = repl.debug!
  const { driver, gasUsed } = debug
  const { halt, output } = driver.result
  const runtime = driver.runtime as CapabilityRuntime | null
  const failed = { result: driver.result, denied: driver.denied, runtime }
  const how = statusOf(halt) === 'success' ? 'ended' : `failed: ${plain(errorText(failed))}`
  return `${how}, ${gasUsed} gas${output.length > 0 ? `, output ${bytesToHex(output)}` : ''}`
}

function refuse(what: string): never {
  throw new ZvmError(ERROR_CODES.usage, what)
}
