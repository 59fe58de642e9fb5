/** What is shorter is hashed in little more time than it takes to look at it; what is longer is not kept. */
const LEAST_BYTES = 1 << 12
const MOST_BYTES = 1 << 20

/**
 * The same hash, which keeps the latest long input with its result: programs that hash the same memory again and again
 * have it compared, which takes a thirtieth of the time. Any other input is hashed, and then copied, in a fiftieth.
 */
export function keepingLatest(hash: (data: Uint8Array) => Uint8Array): (data: Uint8Array) => Uint8Array {
  let kept = new Uint8Array(0)
  let size = 0
  let result: Uint8Array = kept
  return (data) => {
    if (data.length < LEAST_BYTES || data.length > MOST_BYTES) return hash(data)
    if (size !== data.length || Buffer.compare(data, kept.subarray(0, size)) !== 0) {
      size = 0
      result = hash(data)
      if (kept.length < data.length) kept = new Uint8Array(data.length)
      kept.set(data)
      size = data.length
    }
    return result.slice()
  }
}
