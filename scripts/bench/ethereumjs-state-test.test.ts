import { expect, it } from 'vitest'
import { readJsonFile } from '../../src/host/read-file.ts'
import { runPeerStateTests } from './ethereumjs-state-test.ts'

it('another engine finds the roots that our own state tests state', async () => {
  const path = 'fixtures/conform/state.json'
  expect(await runPeerStateTests(readJsonFile(path), path)).toEqual({ passed: 6, failed: 0 })
})
