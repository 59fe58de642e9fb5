/**
 * Values by key, of which those used lately stay: two generations, the older of which is dropped when the younger has
 * reached its size. What is read from the older one moves to the younger.
 */
export class Recent<K, V> {
  readonly #mostUnits: number
  #young = new Map<K, V>()
  #old = new Map<K, V>()
  #units = 0

  /** At most twice `mostUnits` stay. */
  constructor(mostUnits: number) {
    this.#mostUnits = mostUnits
  }

  get(key: K, unitsOf: (value: V) => number): V | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old, unitsOf(old))
    return old
  }

  set(key: K, value: V, units: number): void {
    if (this.#units >= this.#mostUnits) {
      this.#old = this.#young
      this.#young = new Map()
      this.#units = 0
    }
    this.#young.set(key, value)
    this.#units += units
  }
}
