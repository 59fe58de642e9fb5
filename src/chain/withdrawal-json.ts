import { Members, type Read } from '../core/members.ts'
import type { Withdrawal } from './block.ts'

/** Reads a withdrawal by the names of JSON-RPC, its numbers of 64 bits and its address in the form of the source. */
export function withdrawalReader(uint64: Read<bigint>, address: Read<bigint>): Read<Withdrawal> {
  return (value, place) => {
    const members = new Members(value, place)
    return {
      index: members.required('index', uint64),
      validatorIndex: members.required('validatorIndex', uint64),
      address: members.required('address', address),
      amount: members.required('amount', uint64),
    }
  }
}
