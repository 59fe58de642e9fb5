/**
 * zvm-engine/compile: code of a table as a module of wasm-lite, see `compileContract`, and what runs such modules in an
 * engine: `createFormats({ compiled: new CompiledContracts(tableByName) })` of zvm-engine/lite.
 */
export { type CompiledContract, compileContract, SOURCE_LIMIT_BYTES } from './compile.ts'
export { CompiledContracts, type TableByName } from './compiled-contracts.ts'
