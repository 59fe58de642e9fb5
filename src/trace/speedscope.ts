import type { GasProfile } from './gas-profile.ts'

/**
 * A gas profile as a file of speedscope (https://www.speedscope.app/file-format-schema.json): one weighted stack for each
 * way of calls and opcode. Weights are gas.
 */
export function toSpeedscope(profile: GasProfile, name: string): string {
  const frames = new Map<string, number>()
  const indexOf = (frame: string) => {
    const index = frames.get(frame) ?? frames.size
    frames.set(frame, index)
    return index
  }
  const stacks = [...profile.stacks()].filter(({ gas }) => gas > 0n)
  const samples = stacks.map(({ stack }) => `[${stack.map(indexOf).join()}]`)
  const total = stacks.reduce((sum, { gas }) => sum + gas, 0n)
  return (
    '{"$schema":"https://www.speedscope.app/file-format-schema.json",' +
    `"shared":{"frames":${JSON.stringify([...frames.keys()].map((frame) => ({ name: frame })))}},` +
    `"profiles":[{"type":"sampled","name":${JSON.stringify(name)},"unit":"none","startValue":0,"endValue":${total},` +
    `"samples":[${samples.join()}],"weights":[${stacks.map(({ gas }) => gas).join()}]}],"exporter":"zvm"}\n`
  )
}

const ROWS = 10

/** The hottest opcodes and contracts, as lines of a table: gas, its share in per cent of all, count, name. */
export function profileTable(profile: GasProfile): string[] {
  const opcodes = profile.opcodes()
  const total = opcodes.reduce((sum, { gas }) => sum + gas, 0n)
  const part = (title: string, lines: ReturnType<GasProfile['opcodes']>) => [
    `${'gas'.padStart(14)} ${'share'.padStart(7)} ${'count'.padStart(10)}  ${title}`,
    ...lines.slice(0, ROWS).map(({ name, gas, count }) => {
      const tenths = total === 0n ? 0n : (gas * 1000n) / total
      const share = `${tenths / 10n}.${tenths % 10n}%`
      return `${String(gas).padStart(14)} ${share.padStart(7)} ${String(count).padStart(10)}  ${name}`
    }),
  ]
  return [
    ...part('opcode', opcodes),
    ...part('contract', profile.contracts()),
    `${total} gas taken, ${profile.refunded} refunded`,
  ]
}
