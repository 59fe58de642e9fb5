import type { Assembly } from '../core/assembler.ts'
import { encodeContainer, parseAbi, type Target } from './container.ts'
import { abiToJson, readAbi } from './contract-abi.ts'

/**
 * The container of an assembled text: its ABI with the capabilities that the text names after those of the ABI; where
 * it names some and has no ABI, one with `contract` as its name. Throws JSON or VALUE naming the ABI's place.
 */
export function containerOf(assembly: Assembly, target: Target, contract: string): Uint8Array {
  const { code, abi, capabilities } = assembly
  if (!abi && capabilities.length === 0) return encodeContainer(target, code, new Uint8Array(0))
  const stated = abi
    ? readAbi(parseAbi(abi.json, abi.place), `${abi.place}: abi`)
    : readAbi({ contract, capabilities: [] })
  const all = [...new Set([...stated.capabilities, ...capabilities])]
  return encodeContainer(target, code, abiToJson({ ...stated, capabilities: all }))
}
