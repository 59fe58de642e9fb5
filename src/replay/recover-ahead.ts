import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Signed } from '../chain/signature.ts'
import type { Crypto } from '../core/crypto.ts'
import { bytesToHex } from '../core/hex.ts'

/** Starting workers takes as long as recovering so many. */
const FEW = 400
/** Signatures that a worker is sent at a time. */
const AT_A_TIME = 100

const WORKER = fileURLToPath(new URL('./recover-worker.js', import.meta.url))

/**
 * `crypto` with these signatures recovered already: by workers on all cores where they are many, each once. What it is
 * asked beside them it recovers as before. `worker` is the path of `recover-worker`, built.
 */
export async function recoverAhead(
  signed: readonly Signed[],
  crypto: Crypto,
  worker = WORKER,
): Promise<Crypto> {
  const wanted = new Map(signed.map((signature) => [keyOf(signature), signature]))
  const threads = availableParallelism()
  if (wanted.size < FEW || threads === 1) return crypto
  // Loaded here, as few blocks and bundles have so many.
  const { Tinypool } = await import('tinypool')
  const known = new Map<string, Uint8Array | null>()
  const pool = new Tinypool({ filename: worker, name: 'recoverAll', minThreads: 1, maxThreads: threads })
  try {
    const all = [...wanted]
    const parts = Array.from({ length: Math.ceil(all.length / AT_A_TIME) }, (_, i) =>
      all.slice(AT_A_TIME * i, AT_A_TIME * (i + 1)),
    )
    await Promise.all(
      parts.map(async (part) => {
        const keys = (await pool.run(part.map(([, signature]) => signature))) as (Uint8Array | null)[]
        for (const [i, [key]] of part.entries()) known.set(key, keys[i])
      }),
    )
  } finally {
    await pool.destroy()
  }
  const secp256k1Recover: Crypto['secp256k1Recover'] = (digest, yParity, r, s) => {
    const key = known.get(keyOf({ digest, yParity, r, s }))
    return key === undefined ? crypto.secp256k1Recover(digest, yParity, r, s) : key
  }
  // Not spread, which would load what `crypto` may leave until it is asked for.
  return Object.assign(Object.create(crypto) as Crypto, { secp256k1Recover })
}

function keyOf({ digest, yParity, r, s }: Signed): string {
  return `${bytesToHex(digest)}.${yParity}.${r.toString(16)}.${s.toString(16)}`
}
