import type { Delta } from '../../src/core/table.ts'

/** A fork that changes nothing but the blob schedule. */
function blobSchedule(number: number, target: number, max: number, updateFraction: number): Delta {
  return {
    eip: 7892,
    title: `Blob parameter only fork ${number}`,
    rules: { blob: { target, max, updateFraction } },
  }
}

export const bpo1 = blobSchedule(1, 10, 15, 8346193)
export const bpo2 = blobSchedule(2, 14, 21, 11684671)
export const bpo3 = blobSchedule(3, 21, 32, 20609697)
export const bpo4 = blobSchedule(4, 14, 21, 13739630)
