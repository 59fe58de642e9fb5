import { HEADER } from './module.ts'

export const NO_WEBASSEMBLY = 'this host runs no WebAssembly'

/** Said already: a program makes many engines. */
let isSaid = false

/**
 * Whether this was thrown because the host cannot run generated code: it has no WebAssembly, its content policy forbids
 * to compile any module, be it empty, or it gives no memory of that size. Anything else is a fault of ours.
 */
export function isForbidden(thrown: unknown): boolean {
  try {
    new WebAssembly.Module(new Uint8Array(HEADER))
  } catch {
    return true
  }
  return thrown instanceof RangeError && thrown.message.startsWith('WebAssembly.')
}

/** Says once, on the console, that the engine runs without WebAssembly: same results, much slower. */
export function sayForbidden(thrown: unknown): void {
  if (isSaid) return
  isSaid = true
  console.warn(`zvm: ${NO_WEBASSEMBLY}, so the reference tier runs everything (${String(thrown)})`)
}
