import { create2Address, createAddress } from '../../src/core/address.ts'
import { delegateOf } from '../../src/core/delegation.ts'
import type { Frame, Lending } from '../../src/core/frame.ts'
import { Halt, isSuccess } from '../../src/core/halt.ts'
import { CallKind, type MessageResult, setCallContext } from '../../src/core/message.ts'
import { ENDS, READS_GAS, type Row, SUSPENDS, WRITES } from '../../src/core/row.ts'
import { ADDRESS_MASK, toNumber } from '../../src/core/word.ts'
import { type AccountAccess, chargeAccess } from './environment.ts'
import { wordsOf } from './memory.ts'

const NO_BYTES = new Uint8Array(0)
const VALUE_GAS = 9000
const NEW_ACCOUNT_GAS = 25000
const STIPEND_GAS = 2300
const HASH_WORD_GAS = 6

/** Which recipient makes a call cost 25,000 more: one that is absent, or one that is dead and is sent value (EIP-161). */
type NewAccountRule = 'absent' | 'dead-and-paid'

export interface CallCosts {
  readonly access: AccountAccess
  readonly newAccount: NewAccountRule
  readonly lending: Lending
  /** Whether an account may delegate to another's code (EIP-7702). */
  readonly delegates: boolean
}

/** CALL(gas, to, value, in, inSize, out, outSize) → 1 if it succeeded. */
export const call = (costs: CallCosts): Row => callRow(0xf1, 'CALL', CallKind.Call, costs)

/** CALLCODE(gas, to, value, in, inSize, out, outSize): the code of `to` on the storage of this account. */
export const callCode = (costs: CallCosts): Row => callRow(0xf2, 'CALLCODE', CallKind.CallCode, costs)

/** DELEGATECALL(gas, to, in, inSize, out, outSize): as CALLCODE, keeping caller and value. */
export const delegateCall = (costs: CallCosts): Row => callRow(0xf4, 'DELEGATECALL', CallKind.DelegateCall, costs)

/** STATICCALL(gas, to, in, inSize, out, outSize): a call in which nothing may be written (EIP-214). */
export const staticCall = (costs: CallCosts): Row => callRow(0xfa, 'STATICCALL', CallKind.StaticCall, costs)

function callRow(code: number, name: string, kind: CallKind, costs: CallCosts): Row {
  const takesValue = kind === CallKind.Call || kind === CallKind.CallCode
  return {
    code, name, pops: takesValue ? 7 : 6, pushes: 1, gas: costs.access.gas,
    flags: SUSPENDS | READS_GAS, spec: costs.delegates ? 'EIP-7702' : costs.access.spec,
    execute(frame) {
      const gas = frame.pop(), to = frame.pop() & ADDRESS_MASK, value = takesValue ? frame.pop() : 0n
      const inOffset = frame.pop(), inSize = frame.pop(), outOffset = frame.pop(), outSize = frame.pop()

      if (kind === CallKind.Call && value !== 0n && frame.isStatic) return Halt.StaticViolation
      const halt = frame.expand(inOffset, inSize) || frame.expand(outOffset, outSize)
      if (halt !== Halt.None) return halt
      if (!chargeAccess(frame, to, costs.access)) return Halt.OutOfGas
      if (value !== 0n && !frame.charge(VALUE_GAS)) return Halt.OutOfGas
      if (kind === CallKind.Call && makesAccount(frame, to, value, costs.newAccount) && !frame.charge(NEW_ACCOUNT_GAS))
        return Halt.OutOfGas
      const codeAddress = costs.delegates ? reachDelegate(frame, to, costs.access) : to
      if (codeAddress < 0n) return Halt.OutOfGas
      if (!frame.lend(gas, costs.lending, value === 0n ? 0 : STIPEND_GAS)) return Halt.OutOfGas

      const message = frame.pending
      message.kind = kind
      message.depth = frame.depth + 1
      setCallContext(message, kind, frame, to, value)
      message.to = to
      message.codeAddress = codeAddress
      message.input = frame.viewMemory(inOffset, inSize)
      message.outOffset = outSize === 0n ? 0 : toNumber(outOffset)
      message.outSize = toNumber(outSize)
      return Halt.Suspend
    },
    lower(b, gas, to, ...rest) {
      const value = takesValue ? rest[0] : null
      const [inOffset, inSize, outOffset, outSize] = takesValue ? rest.slice(1) : rest
      const input = { offset: inOffset, size: inSize }
      return b.call({ kind, gas, to, value, input, output: { offset: outOffset, size: outSize } }, costs.lending)
    },
    resume(frame, result) {
      frame.returnData = result.output
      frame.push(isSuccess(result.halt) ? 1n : 0n)
      const { outOffset, outSize } = frame.pending
      const size = Math.min(outSize, result.output.length)
      if (size > 0) frame.writeMemory(BigInt(outOffset), result.output, 0n, BigInt(size))
      return Halt.None
    },
  }
}

function makesAccount(frame: Frame, to: bigint, value: bigint, rule: NewAccountRule): boolean {
  return rule === 'absent' ? !frame.host.exists(to) : value !== 0n && frame.host.isEmpty(to)
}

/** Where the code of `to` is found, paying for a delegate as for any account; −1 if gas runs out. */
function reachDelegate(frame: Frame, to: bigint, access: AccountAccess): bigint {
  const delegate = delegateOf(frame.host.code(to))
  if (delegate === null) return to
  return frame.charge(access.gas) && chargeAccess(frame, delegate, access) ? delegate : -1n
}

export interface CreateCosts {
  readonly lending: Lending
  /** Gas a word of initcode, and its longest size in bytes (EIP-3860). */
  readonly initCodeWord: number
  readonly initCodeLimit: number
}

/** CREATE(value, offset, size) → address of the new account, or 0. */
export const create = (costs: CreateCosts): Row => createRow(0xf0, 'CREATE', CallKind.Create, costs)

/** CREATE2(value, offset, size, salt) → address, which depends on salt and initcode but not on the nonce (EIP-1014). */
export const create2 = (costs: CreateCosts): Row => createRow(0xf5, 'CREATE2', CallKind.Create2, costs)

function createRow(code: number, name: string, kind: CallKind, costs: CreateCosts): Row {
  const isSalted = kind === CallKind.Create2
  return {
    code, name, pops: isSalted ? 4 : 3, pushes: 1, gas: 32000,
    flags: WRITES | SUSPENDS | READS_GAS, spec: costs.initCodeWord ? 'EIP-3860' : isSalted ? 'EIP-1014' : 'YP H.2',
    execute(frame) {
      const value = frame.pop(), offset = frame.pop(), size = frame.pop(), salt = isSalted ? frame.pop() : 0n

      if (size > BigInt(costs.initCodeLimit)) return Halt.InitCodeSizeExceeded
      const wordGas = costs.initCodeWord + (isSalted ? HASH_WORD_GAS : 0)
      if (!frame.charge(wordGas * wordsOf(size))) return Halt.OutOfGas
      const halt = frame.expand(offset, size)
      if (halt !== Halt.None) return halt

      frame.returnData = NO_BYTES
      const { host, self, pending: message } = frame
      frame.lend(frame.gas, costs.lending, 0)
      message.kind = kind
      message.depth = frame.depth + 1
      message.isStatic = false
      message.caller = self
      message.input = frame.viewMemory(offset, size)
      message.self = isSalted ? create2Address(self, salt, message.input) : createAddress(self, host.nonce(self))
      message.to = message.self
      message.codeAddress = message.self
      message.value = value
      return Halt.Suspend
    },
    resume: receiveCreated,
  }
}

/** Pushes the new address, or 0; the output is returned only if the initcode reverted (EIP-211). */
function receiveCreated(frame: Frame, result: MessageResult): Halt {
  frame.returnData = result.halt === Halt.Revert ? result.output : NO_BYTES
  frame.push(isSuccess(result.halt) ? result.address : 0n)
  return Halt.None
}

export interface DestroyCosts {
  readonly gas: number
  /** Added when the beneficiary is cold (EIP-2929). */
  readonly cold: number
  /** When paying the beneficiary costs 25,000 more; null before EIP-150. */
  readonly newAccount: NewAccountRule | null
  readonly refund: number
  /** Only an account created by this transaction is deleted (EIP-6780). */
  readonly onlyCreated: boolean
  readonly spec: string
}

/**
 * SELFDESTRUCT(beneficiary): sends the whole balance and, where the rules say so, deletes the account. Tracers are shown
 * what it sent, and to whom, in `frame.pending`.
 */
export const selfDestruct = (costs: DestroyCosts): Row => ({
  code: 0xff, name: 'SELFDESTRUCT', pops: 1, pushes: 0, gas: costs.gas, flags: WRITES | ENDS, spec: costs.spec,
  execute(frame) {
    const beneficiary = frame.pop() & ADDRESS_MASK
    const { host, self } = frame

    if (costs.cold > 0 && host.warmAddress(beneficiary) && !frame.charge(costs.cold)) return Halt.OutOfGas
    const value = host.balance(self)
    if (costs.newAccount && makesAccount(frame, beneficiary, value, costs.newAccount) && !frame.charge(NEW_ACCOUNT_GAS))
      return Halt.OutOfGas

    frame.pending.to = beneficiary
    frame.pending.value = value
    host.transfer(self, beneficiary, value)
    if (!costs.onlyCreated || host.isCreated(self)) {
      if (host.destroy(self)) host.addRefund(costs.refund)
    }
    return Halt.SelfDestruct
  },
})
