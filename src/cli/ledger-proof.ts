import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { decodeUtf8 } from '../core/utf8.ts'
import { nodeDigests } from '../host/node-digests.ts'
import { readBytes } from '../host/read-file.ts'
import { writeAtomically } from '../host/write-file.ts'
import { exactJson } from '../ledger/json.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { proofToJson, proveEntry, readProof } from '../ledger/proof.ts'
import { refuse } from '../ledger/refusal.ts'
import { flag, optionalPath, optionalText, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { ledgerOptions, readLedger } from './ledger-store.ts'
import type { Command } from './main.ts'
import { print } from './output.ts'

/** Longest proof, in bytes: an entry and 32 partners. */
const PROOF_LIMIT_BYTES = 1 << 16

/** `zvm ledger prove`. */
export const prove: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .positional('entry', { type: 'string', describe: 'Its number, or the id of a transaction' })
      .option('o', text('File to write to (default: stdout)', { alias: 'out' }))
      .example('$0 ledger prove 6 --ledger books -o proof.json', 'For whoever knows the root'),

  async run(args) {
    const path = optionalPath(args.o, '-o')
    const proof = await readLedger(args, (ledger) =>
      proveEntry(ledger, sequenceOf(ledger, String(args.entry))),
    )
    if (path === null) print(proofToJson(proof).trimEnd())
    else {
      writeAtomically(path, proofToJson(proof))
      const { index, root } = proof
      print(args.json ? exactJson({ path, index, root }) : `${path}: entry ${index}, root ${root}`)
    }
    return EXIT.ok
  },
}

function sequenceOf(ledger: Ledger, wanted: string): number {
  if (/^(?:0|[1-9][0-9]{0,8})$/.test(wanted) && Number(wanted) < ledger.length) return Number(wanted)
  const found = ledger.entries.filter(({ json }) => json.startsWith(`{"id":"${wanted}"`))
  if (found.length === 1) return found[0].sequence
  const numbers = found.map(({ sequence }) => sequence).join(', ')
  return refuse(
    found.length === 0 ? `entry ${wanted}: there is none` : `entry ${wanted}: more than one: ${numbers}`,
  )
}

/** `zvm ledger verify-proof`: exits 1 where it does not hold. */
export const verifyProof: Command = {
  options: (yargs) =>
    yargs
      .positional('file', { type: 'string', describe: 'The proof' })
      .option('root', text('The root that is known; without one the proof only holds in itself'))
      .option('json', flag('Print one JSON object'))
      .example('$0 ledger verify-proof proof.json --root 9b1e…', 'Is the entry in the journal of this root?'),

  async run(args) {
    const path = String(args.file)
    const root = optionalText(args.root)
    if (root !== null && !/^[0-9a-f]{64}$/.test(root))
      throw new ZvmError(ERROR_CODES.usage, '--root: not 32 bytes in lower-case hex')
    const bytes = readBytes(path, PROOF_LIMIT_BYTES)
    if (bytes.length > PROOF_LIMIT_BYTES)
      throw new ZvmError(ERROR_CODES.value, `${path}: longer than ${PROOF_LIMIT_BYTES} bytes`)
    const proof = readProof(decodeUtf8(bytes, path), path, root, nodeDigests)
    const { index } = proof
    if (args.json) print(exactJson({ valid: true, index, root: proof.root, known: root !== null }))
    else {
      print(
        `✓ entry ${index} is in the journal of root ${proof.root}${root === null ? ' (--root says whether that is yours)' : ''}`,
      )
      print(proof.body)
    }
    return EXIT.ok
  },
}
