/** The fork that a command works with where none is named: the latest that is final. */
export const DEFAULT_FORK = 'Osaka'
