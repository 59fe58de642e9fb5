/** zvm-engine/runtime: containers, their ABI, and values encoded by it. */
export { type AbiValue, decodeCall, decodeValues, encodeCall, encodeValues } from './abi-codec.ts'
export {
  ABI_LIMIT_BYTES,
  type Container,
  encodeContainer,
  isContainer,
  readContainer,
  TARGETS,
  type Target,
} from './container.ts'
export {
  type AbiEvent,
  type AbiField,
  type AbiFunction,
  type AbiParameter,
  type AbiStateVariable,
  type AbiTable,
  abiToJson,
  type ContractAbi,
  functionOf,
  type Mutability,
  readAbi,
  selectorOf,
  signatureOf,
  type Visibility,
} from './contract-abi.ts'
