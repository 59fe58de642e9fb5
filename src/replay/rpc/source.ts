import { distinct } from '../../chain/settle.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex, toQuantity } from '../../core/hex.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from '../../core/keccak.ts'
import { Members } from '../../core/members.ts'
import { codeHashOf } from '../../state/memory-source.ts'
import type { AccountRecord, Miss } from '../../state/source.ts'
import { quantity, readBytes, readHash, readWord } from '../bundle-values.ts'
import { fromNode, nodeError } from './fault.ts'
import { LoadingSource, remember } from './loading-source.ts'
import type { Answer, Call, Rpc } from './rpc.ts'
import type { StateAt, StateCache } from './state-cache.ts'

const NO_CODE = new Uint8Array(0)

/**
 * The state of a node after one block, as far as it has been asked for. Whatever is asked for at once is asked of the
 * node in one round.
 */
export class RpcSource extends LoadingSource {
  readonly #rpc: Rpc
  readonly #kept: StateCache | null
  readonly #accounts = new Map<bigint, AccountRecord | null>()
  readonly #codes = new Map<bigint, Uint8Array>([[EMPTY_CODE_HASH, NO_CODE]])
  readonly #anyStorage = new Map<bigint, boolean>()

  /** What it loads is kept in the cache `kept`, and looked for there first. */
  constructor(rpc: Rpc, at: StateAt, kept: StateCache | null = null) {
    super(at)
    this.#rpc = rpc
    this.#kept = kept
  }

  account(address: bigint): AccountRecord | null | undefined {
    const known = this.#accounts.get(address)
    return known !== undefined || !this.#kept
      ? known
      : remember(this.#accounts, address, this.#kept.account(address))
  }

  code(_address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#codes.get(codeHash) ?? remember(this.#codes, codeHash, this.#kept?.code(codeHash))
  }

  protected findSlot(address: bigint, key: bigint): bigint | undefined {
    return this.#kept?.storage(address, key)
  }

  anyStorage(address: bigint): boolean | undefined {
    return (
      this.#anyStorage.get(address) ?? remember(this.#anyStorage, address, this.#kept?.anyStorage(address))
    )
  }

  protected findHash(number: bigint): bigint | undefined {
    return this.#kept?.blockHash(number)
  }

  async prefetch(misses: readonly Miss[], beside: readonly Call[] = []): Promise<Answer[]> {
    const questions = distinct(misses)
      .filter((miss) => this.#isMissing(miss))
      .flatMap((miss) => this.#questionsOf(miss))
    const answers = await this.#rpc.round([...questions.map(({ call }) => call), ...beside])
    for (const [i, { call, take }] of questions.entries()) fromNode(() => take(answers[i], placeOf(call)))
    this.#kept?.flush()
    return answers.slice(questions.length)
  }

  #isMissing(miss: Miss): boolean {
    if (miss.kind === 'account') return this.account(miss.address) === undefined
    if (miss.kind === 'code') return this.code(miss.address, miss.codeHash) === undefined
    if (miss.kind === 'storage') return this.storage(miss.address, miss.key) === undefined
    if (miss.kind === 'anyStorage') return this.anyStorage(miss.address) === undefined
    return this.blockHash(miss.number) === undefined
  }

  #questionsOf(miss: Miss): Question[] {
    if (miss.kind === 'blockHash') return [this.#blockHashQuestion(miss.number)]
    const address = toFixedHex(miss.address, 20)
    const tag = { blockHash: toFixedHex(this.at.hash, 32) }
    if (miss.kind === 'storage') {
      const call = { method: 'eth_getStorageAt', params: [address, toFixedHex(miss.key, 32), tag] }
      return [
        { call, take: (answer, place) => this.#setSlot(miss, readWord(this.#result(call, answer), place)) },
      ]
    }
    if (miss.kind === 'anyStorage') {
      const call = { method: 'eth_getProof', params: [address, [], tag] }
      return [{ call, take: (answer, place) => this.#setAnyStorage(miss.address, answer, place) }]
    }
    return this.#accountQuestions(miss.address, address, tag)
  }

  #accountQuestions(address: bigint, hex: string, tag: unknown): Question[] {
    const found: { balance: bigint; nonce: bigint } = { balance: 0n, nonce: 0n }
    const ask = (method: string, take: (result: unknown, place: string) => void): Question => {
      const call = { method, params: [hex, tag] }
      return { call, take: (answer, place) => take(this.#result(call, answer), place) }
    }
    return [
      ask('eth_getBalance', (result, place) => {
        found.balance = readWord(result, place)
      }),
      ask('eth_getTransactionCount', (result, place) => {
        found.nonce = quantity(64)(result, place)
      }),
      ask('eth_getCode', (result, place) => this.#setAccount(address, found, readBytes(result, place))),
    ]
  }

  #blockHashQuestion(number: bigint): Question {
    const call = { method: 'eth_getBlockByNumber', params: [toQuantity(number), false] }
    return {
      call,
      take: (answer, place) => {
        const block = this.#result(call, answer)
        const hash = new Members(block, place).required('hash', readHash)
        this.setHash(number, hash)
        this.#kept?.keepBlockHash(number, hash)
      },
    }
  }

  /** An account that is empty is taken for none, which since EIP-161 is the same. */
  #setAccount(address: bigint, { balance, nonce }: Balance, code: Uint8Array): void {
    const codeHash = codeHashOf(code)
    this.#codes.set(codeHash, code)
    const isEmpty = balance === 0n && nonce === 0n && code.length === 0
    const account = isEmpty ? null : { balance, nonce, codeHash }
    this.#accounts.set(address, account)
    this.#kept?.keepAccount(address, account, code)
  }

  #setSlot({ address, key }: { address: bigint; key: bigint }, value: bigint): void {
    this.setSlot(address, key, value)
    this.#kept?.keepSlot(address, key, value)
  }

  /** A node that proves nothing leaves it open: then an account without code and nonce is taken to have no storage. */
  #setAnyStorage(address: bigint, answer: Answer, place: string): void {
    const isUnproven = answer.fault?.kind === 'no-method' || answer.fault?.kind === 'refused'
    const proof = isUnproven ? null : this.#result({ method: 'eth_getProof', params: [] }, answer)
    const root = proof ? new Members(proof, place).required('storageHash', readHash) : EMPTY_TRIE_ROOT
    this.#anyStorage.set(address, root !== EMPTY_TRIE_ROOT)
    this.#kept?.keepStorageRoot(address, root)
  }

  #result(call: Call, { fault, result }: Answer): unknown {
    if (!fault) return result
    if (fault.kind !== 'no-state') throw nodeError(call.method, fault)
    const message = `the node has no state for block ${this.at.number}: use an archive node or --quick`
    throw new ZvmError(ERROR_CODES.node, message, { method: call.method, block: toQuantity(this.at.number) })
  }
}

type Balance = Pick<AccountRecord, 'balance' | 'nonce'>

interface Question {
  readonly call: Call
  take(answer: Answer, place: string): void
}

function placeOf({ method, params }: Call): string {
  return `node: ${method}(${params.filter((part) => typeof part === 'string').join(', ')})`
}
