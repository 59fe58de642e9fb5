/**
 * Writes src/core/keccak-module.ts anew, after a change of src/wasm/keccak.ts: `node scripts/run.mjs keccak-module`.
 * src/core may not import what writes WebAssembly, so the bytes of the module are kept as source.
 */
import { writeFileSync } from 'node:fs'
import { keccakModule } from '../src/wasm/keccak.ts'

const bytes = keccakModule()
writeFileSync(
  'src/core/keccak-module.ts',
  `/**
 * Keccak-256 in WebAssembly, ${bytes.length} bytes in base64. Written from src/wasm/keccak.ts by
 * \`node scripts/run.mjs keccak-module\`; not to be edited. src/wasm/keccak.test.ts compares the two.
 */
export const KECCAK_MODULE =
  '${Buffer.from(bytes).toString('base64')}'
`,
)
