/** zvm-engine/disk: state in a folder, by the optional package lmdb. Needs Node. */
export type { OpenMode } from './database.ts'
export { FORMAT, FORMAT_VERSION, type StoreSettings } from './layout.ts'
export { type BlockHash, type ChangingState, DiskStore, type StoredState } from './store.ts'
