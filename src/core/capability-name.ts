const NAME = /^[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)*$/
const LENGTH_LIMIT = 64

/** Whether a text can name a capability: words in lower case joined by dots, as `ledger.transfer`. */
export function isCapabilityName(text: string): boolean {
  return text.length <= LENGTH_LIMIT && NAME.test(text)
}
