import { expect, it } from 'vitest'
import { cancun } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import { nativePrograms } from './native-programs.ts'
import { faultsOf } from './run-programs.ts'
import { engineFor } from './zvm.ts'

it.each([zvm, cancun])('loops give what they must in the instruction set $name', async (table) => {
  for (const program of nativePrograms(table)) {
    const result = await (await engineFor('interpreter', table).prepare(program)).run()
    expect(faultsOf(program, result, result, program.name)).toEqual([])
  }
})
