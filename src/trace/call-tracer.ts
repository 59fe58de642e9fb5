import { type Call, CallTree, type CallTreeConfig, type PlacedLog } from './call-tree.ts'
import { address, quantity, type WriteText, word, writeBytes } from './json-text.ts'
import { revertReason } from './revert-reason.ts'

/** geth's callTracer: the tree of messages, written as one JSON value when the transaction has ended. */
export class CallTracer extends CallTree {
  constructor(write: WriteText, config: CallTreeConfig = {}) {
    super((top) => writeCall(write, top, top.error !== ''), config)
  }
}

/** `isUndone`: what it logged does not stand. */
function writeCall(write: WriteText, call: Call, isUndone: boolean): void {
  write(`{"from":${address(call.from)},"gas":${quantity(call.gas)},"gasUsed":${quantity(call.gasUsed)}`)
  if (call.error === '' || !call.type.startsWith('CREATE')) write(`,"to":${address(call.to)}`)
  write(',"input":')
  writeBytes(write, call.input)
  if (call.output.length > 0) {
    write(',"output":')
    writeBytes(write, call.output)
  }
  if (call.error !== '') {
    write(`,"error":${JSON.stringify(call.error)}`)
    const reason = revertReason(call.output)
    if (reason !== null) write(`,"revertReason":${JSON.stringify(reason)}`)
  }
  for (const [at, inner] of call.calls.entries()) {
    write(at === 0 ? ',"calls":[' : ',')
    writeCall(write, inner, isUndone || inner.error !== '')
  }
  if (call.calls.length > 0) write(']')
  if (!isUndone) writeLogs(write, call.logs)
  if (call.value !== null) write(`,"value":${quantity(call.value)}`)
  write(`,"type":"${call.type}"}`)
}

function writeLogs(write: WriteText, logs: readonly PlacedLog[]): void {
  for (const [at, { log, index, position }] of logs.entries()) {
    write(at === 0 ? ',"logs":[' : ',')
    write(`{"address":${address(log.address)},"topics":[${log.topics.map(word).join()}],"data":`)
    writeBytes(write, log.data)
    write(`,"index":${quantity(BigInt(index))},"position":${quantity(BigInt(position))}}`)
  }
  if (logs.length > 0) write(']')
}
