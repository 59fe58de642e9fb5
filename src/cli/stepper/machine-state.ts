import { statusOf } from '../../chain/call.ts'
import { haltName } from '../../core/halt.ts'
import { bytesToHex, toFixedHex } from '../../core/hex.ts'
import type { Debugger } from '../../trace/debugger.ts'
import type { Step } from '../../trace/step.ts'
import { changesOf, nextName, transientsOf } from './views.ts'

/** All of a machine as JSON has it. `step` is the instruction that was executed last, where there is one. */
export function machineState(debug: Debugger, step: Step | null): object {
  const { frame, driver } = debug
  const { result } = driver
  return {
    position: debug.position,
    length: debug.length,
    ended: debug.hasEnded,
    ...(step && {
      executed: { pc: step.pc, opName: step.opName, gasCost: step.gasCost, error: step.error },
    }),
    ...(frame && {
      next: { pc: frame.pc, op: frame.program.bytes[frame.pc], opName: nextName(debug, frame) },
      gas: frame.gas,
      depth: frame.depth + 1,
      address: toFixedHex(frame.self, 20),
      stack: frame.stack.slice(0, frame.sp),
      registers: frame.registers.map((word) => word ?? 0n),
      memory: bytesToHex(frame.readMemory(0n, BigInt(frame.memorySize))),
      returnData: bytesToHex(frame.returnData),
    }),
    gasUsed: debug.gasUsed,
    refund: debug.state.refund,
    changes: changesOf(debug.state).map(({ address, ...change }) => ({
      address: toFixedHex(address, 20),
      ...change,
    })),
    transient: transientsOf(debug).map(({ address, ...slot }) => ({
      address: toFixedHex(address, 20),
      ...slot,
    })),
    calls: driver.frames.map(({ depth, self, pc }) => ({
      depth: depth + 1,
      address: toFixedHex(self, 20),
      pc,
    })),
    logs: debug.state.logs.map(({ address, topics, data }) => ({
      address: toFixedHex(address, 20),
      topics: topics.map((topic) => toFixedHex(topic, 32)),
      data: bytesToHex(data),
    })),
    ...(frame === null && {
      result: {
        status: statusOf(result.halt),
        halt: haltName(result.halt),
        output: bytesToHex(result.output),
      },
    }),
  }
}
