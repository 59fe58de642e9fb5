import wabt from 'wabt'

const tools = await wabt()

/** The module of a text; nothing beyond 1.0 but what wasm-lite has is known to it. */
export function wat(text: string): Uint8Array {
  const module = tools.parseWat('contract.wat', text, { bulk_memory: true, sign_extension: true })
  try {
    return module.toBinary({}).buffer
  } finally {
    module.destroy()
  }
}

/** A contract of a memory with so many pages: what it imports, its other fields, and the body of `main`. */
export function contract(imports: readonly string[], body: string, fields = '', pages = 1): Uint8Array {
  const lines = imports.map((each) => {
    const [name, type = ''] = [each.split(' ')[0], each.slice(each.indexOf(' ') + 1)]
    return `(import "zvm" "${name}" (func $${name} ${each.includes(' ') ? type : ''}))`
  })
  return wat(`(module ${lines.join('\n')}
    (memory (export "memory") ${pages}) ${fields}
    (func (export "main") ${body}))`)
}

/** Adds one to slot 0 and returns it. */
export const COUNTER = contract(
  ['storage_load (param i32 i32)', 'storage_store (param i32 i32)', 'return (param i32 i32)'],
  `(call $storage_load (i32.const 0) (i32.const 32))
   (i32.store8 (i32.const 63) (i32.add (i32.load8_u (i32.const 63)) (i32.const 1)))
   (call $storage_store (i32.const 0) (i32.const 32))
   (call $return (i32.const 32) (i32.const 32))
   unreachable`,
)
