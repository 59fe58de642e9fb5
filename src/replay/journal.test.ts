import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type BlockReport, Journal } from './journal.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-journal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const report = (number: bigint, faults: string[] = []): BlockReport => ({
  number,
  transactions: 1,
  passedOver: 0,
  error: null,
  gasUsed: 21000n,
  compared: 6,
  faults,
})

describe('a journal', () => {
  const path = join(folder, 'journal')

  it('knows what agreed when it is taken up again, whatever was cut short', () => {
    const journal = Journal.open(path, 'osaka')
    expect(journal.agreed.size).toBe(0)
    journal.add(report(7n))
    journal.add(report(8n, ['gasUsed: expected 0x1, got 0x2']))
    appendFileSync(path, '{"block":"0x9","fau')
    const again = Journal.open(path, 'osaka')
    expect([...again.agreed]).toEqual([7n])
    again.add(report(9n))
    expect([...Journal.open(path, 'osaka').agreed]).toEqual([7n, 9n])
  })

  it('names what cannot be written or read', () => {
    expect(() => Journal.open(folder, 'osaka')).toThrow(`${folder}: is a folder, not a file`)
    const gone = Journal.open(join(folder, 'gone'), 'osaka')
    rmSync(join(folder, 'gone'))
    mkdirSync(join(folder, 'gone'))
    expect(() => gone.add(report(1n))).toThrow(`${join(folder, 'gone')}: is a folder, not a file`)
  })

  it('is not taken up under other rules', () => {
    expect(() => Journal.open(path, 'berlin')).toThrow('not the journal of a replay under the rules berlin')
    expect(() => Journal.open(join(folder, 'no', 'journal'), 'osaka')).toThrow(
      /journal: no such file or directory/,
    )
  })
})
