import type { Test } from './case.ts'
import { digestTests, postQuantumTests, signatureTests } from './cryptography.ts'
import { environmentTests, flowTests, logTests, memoryTests, stackTests } from './machine.ts'
import { rowTests } from './rows.ts'
import { callTests, creationTests, storageTests } from './state.ts'
import { wordTests } from './words.ts'

/** The files of the suite, and what is in each. */
export const FAMILIES: Readonly<Record<string, () => readonly Test[]>> = {
  rows: rowTests,
  stack: stackTests,
  arithmetic: () => wordTests(0x30, 0x3a),
  logic: () => wordTests(0x50, 0x5d),
  digests: digestTests,
  signatures: signatureTests,
  'post-quantum': postQuantumTests,
  memory: memoryTests,
  storage: storageTests,
  flow: flowTests,
  calls: callTests,
  creation: creationTests,
  environment: environmentTests,
  logs: logTests,
}
