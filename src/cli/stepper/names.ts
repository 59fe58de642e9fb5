import { bytesToHex, toFixedHex } from '../../core/hex.ts'
import { CallKind } from '../../core/message.ts'
import { Decoder, type Named, namedText } from '../../replay/decoder.ts'
import { readAbi } from '../../runtime/contract-abi.ts'
import type { CallAbi } from '../../runtime/solidity-abi.ts'
import type { Debugger } from '../../trace/debugger.ts'
import { plain } from '../plain.ts'

/** Words below this are too common to be named by their value. */
const COMMON = 1n << 16n

/** What words, addresses and slots are called, as far as ABIs and the run itself tell. All of it is plain text. */
export class Names {
  readonly #decoder: Decoder
  readonly #words = new Map<bigint, string>()
  readonly #slots = new Map<bigint, string>()
  readonly #addresses = new Map<bigint, string>()
  readonly #calls = new WeakMap<Uint8Array, Named | null>()

  constructor(abis: readonly CallAbi[], raw: readonly unknown[]) {
    this.#decoder = new Decoder(new Map(), abis)
    for (const { functions, events, errors } of abis) {
      for (const { name, selector } of [...functions, ...errors])
        this.#words.set(BigInt(selector), `${plain(name)}()`)
      for (const { name, topic } of events) this.#words.set(BigInt(topic), `event ${plain(name)}`)
    }
    for (const abi of raw) {
      if (!isOurs(abi)) continue
      const { state_variables, tables } = readAbi(abi)
      for (const { name, slot } of [...state_variables, ...tables]) this.#slots.set(slot, plain(name))
    }
  }

  /** An address that is called so from here on. */
  add(address: bigint, name: string): void {
    this.#addresses.set(address, plain(name))
  }

  /** Learns what the frames that are open were called with. To be awaited before the names are asked for. */
  async prepare(debug: Debugger): Promise<void> {
    const { frames, table } = debug.driver
    for (const [address, { name }] of table.precompiles) this.#addresses.set(address, name)
    const [outermost] = frames
    if (outermost) {
      this.#addresses.set(outermost.env.origin, 'origin')
      if (outermost.env.block.coinbase !== 0n) this.#addresses.set(outermost.env.block.coinbase, 'coinbase')
    }
    for (const { input, message } of frames)
      if (message.kind < CallKind.Create && !this.#calls.has(input))
        this.#calls.set(input, await this.#decoder.call(message.codeAddress, input))
  }

  /** The call that a frame runs, `transfer(to: 0x…, value: 5)`; its selector where no ABI tells it. */
  call(input: Uint8Array): string {
    const named = this.#calls.get(input)
    if (named) return plain(namedText(named))
    return input.length < 4 ? bytesToHex(input) : `${bytesToHex(input.subarray(0, 4))}…`
  }

  /** What a word stands for; empty where nobody knows. */
  word(debug: Debugger, word: bigint): string {
    const { frame } = debug
    if (frame === null || word < COMMON) return ''
    if (word === frame.self) return 'self'
    if (word === frame.caller) return 'caller'
    const args = this.#calls.get(frame.input)?.args ?? []
    const arg = args.find(({ value }) => isSameWord(value, word))
    if (arg && arg.name !== '') return plain(arg.name)
    return this.#addresses.get(word) ?? this.#words.get(word) ?? ''
  }

  slot(key: bigint): string {
    return this.#slots.get(key) ?? ''
  }

  address(address: bigint): string {
    const name = this.#addresses.get(address)
    const hex = toFixedHex(address, 20)
    return name === undefined ? hex : `${hex} ${name}`
  }

  /** A log by the name of its event; null where no ABI tells it. */
  async log(log: Parameters<Decoder['log']>[0]): Promise<string | null> {
    const named = await this.#decoder.log(log)
    return named ? plain(namedText(named)) : null
  }

  /** Why a message reverted, in words, or null. */
  async reason(contract: bigint, output: Uint8Array): Promise<string | null> {
    const reason = await this.#decoder.reason(contract, output)
    return reason === null ? null : plain(reason)
  }
}

function isOurs(abi: unknown): boolean {
  return typeof abi === 'object' && abi !== null && 'contract' in abi
}

function isSameWord(value: unknown, word: bigint): boolean {
  if (typeof value === 'bigint') return value === word
  return typeof value === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(value) && BigInt(value) === word
}
