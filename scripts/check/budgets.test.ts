import { describe, expect, it } from 'vitest'
import { budgetFaults } from './budgets.ts'

const BUDGETS = { size: { most: 100, unit: 'bytes' }, share: { least: 0.5, unit: 'of all' } }

describe('budgets', () => {
  it.each([
    ['within', { size: 100, share: 0.5 }, []],
    ['passed from below', { size: 101, share: 1 }, ['size: 101 bytes, the budget is at most 100']],
    ['passed from above', { size: 0, share: 0.49 }, ['share: 0.49 of all, the budget is at least 0.5']],
    ['no number', { size: Number.NaN, share: 1 }, ['size: NaN bytes, the budget is at most 100']],
    ['not measured', { size: 1 }, ['share: has a budget, but is not measured']],
    [
      'without a budget',
      { size: 1, share: 1, more: 1 },
      ['more: measured, but scripts/check/budgets.json has no budget for it'],
    ],
  ])('%s', (_, measured, faults) => {
    expect(budgetFaults(BUDGETS, measured)).toEqual(faults)
  })
})
