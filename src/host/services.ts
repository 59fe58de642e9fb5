import { randomBytes } from 'node:crypto'
import type { Services, Signer } from '../runtime/services.ts'
import { folderFiles } from './folder.ts'
import { httpGet } from './http.ts'

/** What Node brings to a runtime; the key is the host's, where it has one. */
export function nodeServices(signer: Signer | null = null): Services {
  return {
    files: folderFiles,
    clock: () => Date.now(),
    random: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
    http: httpGet,
    ...(signer ? { signer } : {}),
  }
}
