import type { Hash } from 'viem'
import type { Client } from './chain.ts'

/** What the node's tracers tell of a transaction, by `NAME CONFIG`. */
export type NodeTraces = Readonly<Record<string, unknown>>

/** The tracers that are asked, with their configurations; `structLog` is what the node gives where none is named. */
const ASKED: readonly (readonly [name: string, config: object])[] = [
  ['callTracer', { withLog: true }],
  ['callTracer', { onlyTopCall: true }],
  ['prestateTracer', {}],
  ['prestateTracer', { diffMode: true }],
  ['prestateTracer', { disableCode: true, disableStorage: true }],
  ['4byteTracer', {}],
  ['structLog', { disableStack: true, enableMemory: true, enableReturnData: true }],
]

/** Asks the node's tracers of a mined transaction. */
export async function askTracers(client: Client, hash: Hash): Promise<NodeTraces> {
  const answers: Record<string, unknown> = {}
  for (const [name, config] of ASKED) {
    const options = name === 'structLog' ? config : { tracer: name, tracerConfig: config }
    const request = { method: 'debug_traceTransaction', params: [hash, options] }
    const answer: unknown = await client.request(request as never)
    answers[`${name} ${JSON.stringify(config)}`] =
      name === 'structLog' ? withoutSteps(answer as StructLog) : answer
  }
  return answers
}

interface StructLog {
  readonly structLogs: readonly Readonly<Record<string, unknown>>[]
}

/** A struct log without what is recorded with the steps: of that there is much. */
function withoutSteps(answer: StructLog): StructLog {
  const slim = ({ pc, gas, gasCost, depth, ...rest }: StructLog['structLogs'][number]) => rest
  return { ...answer, structLogs: answer.structLogs.map(slim) }
}
