import { createClient, http } from 'viem'
import type { RpcClient } from './rpc.ts'

/** Requests in one body. */
const BATCH_SIZE = 100
/** Longest body that is read: the traces of a block. */
const MAX_BODY_BYTES = 1 << 28

/** A client of a node that sends what is asked for at once as JSON-RPC batches. It sends nothing twice by itself. */
export function httpClient(url: string, timeoutMs: number): RpcClient {
  const batch = { batchSize: BATCH_SIZE }
  const limits = { timeout: timeoutMs, maxResponseBodySize: MAX_BODY_BYTES }
  return createClient({ transport: http(url, { batch, retryCount: 0, ...limits }) })
}
