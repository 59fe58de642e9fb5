/** How one case of a suite ended. */
export interface CaseResult {
  /** Name of the case within its file. */
  readonly case: string
  /** The fork it ran under; null where the suite knows none. */
  readonly fork: string | null
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'outside'
  /** Why, unless it passed. */
  readonly reason?: string
}
