const UINT32 = 2 ** 32

/**
 * Repeatable random numbers: sfc32 (PractRand), 128 bits of state. The same seed and stream give the same numbers on
 * every machine. Not for secrets.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** `seed` is a safe integer; each `stream` of a seed is a sequence of its own, so program n needs none before it. */
  constructor(seed: number, stream: number) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / UINT32) ^ Math.imul(stream, 0x9e3779b1)
    this.#c = stream | 0
    // The state begins nearly empty; a few rounds mix it through.
    for (let i = 0; i < 16; i++) this.uint32()
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum >>> 0
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor((this.uint32() / UINT32) * limit)
  }

  /** An integer in [from, to]. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]
  }

  /** A choice by weight: an object's keys, each as often as its value says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    let total = 0
    for (const choice in weights) total += weights[choice]
    let rest = (this.uint32() / UINT32) * total
    for (const choice in weights) {
      rest -= weights[choice]
      if (rest < 0) return choice
    }
    throw new Error('no choice has a weight')
  }

  bytes(sizeBytes: number): Uint8Array {
    return Uint8Array.from({ length: sizeBytes }, () => this.below(256))
  }

  /** A uniform integer below 2^bits. */
  bits(bits: number): bigint {
    let value = 0n
    for (let i = 0; i < bits; i += 32) value = (value << 32n) | BigInt(this.uint32())
    return BigInt.asUintN(bits, value)
  }
}
