import { type ErrorCode, ZvmError } from '../core/errors.ts'

/** What a worker answers: a result, or the error it threw, which would lose its class between threads. */
export type Answer<T> = { readonly value: T } | { readonly error: { code: ErrorCode; message: string } }

/** Runs `work` and wraps what it gives or throws. An error that is a bug is thrown on. */
export async function answer<T>(work: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    return { error: { code: error.code, message: error.message } }
  }
}

/** The value of an answer; throws the error. */
export function unwrap<T>(given: Answer<T>): T {
  if ('value' in given) return given.value
  throw new ZvmError(given.error.code, given.error.message)
}
