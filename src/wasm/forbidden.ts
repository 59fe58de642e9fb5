export const NO_WEBASSEMBLY = 'this host runs no WebAssembly'

/** Said already: a program makes many engines. */
let isSaid = false

/**
 * Whether this says that the host cannot run generated code: it has no WebAssembly, its content policy forbids
 * compiling, or it gives no memory of that size. Anything else that is thrown is a fault of ours.
 */
export function isForbidden(thrown: unknown): boolean {
  if (typeof WebAssembly === 'undefined') return true
  if (thrown instanceof RangeError) return thrown.message.startsWith('WebAssembly.')
  return thrown instanceof Error && thrown.name === 'CompileError'
}

/** Says once, on the console, that the engine runs without WebAssembly: same results, much slower. */
export function sayForbidden(thrown: unknown): void {
  if (isSaid) return
  isSaid = true
  console.warn(`zvm: ${NO_WEBASSEMBLY}, so the reference tier runs everything (${String(thrown)})`)
}
