import { main } from 'assemblyscript/asc'

const OPTIONS = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--use', 'abort=']

/** The module that AssemblyScript makes of a text. Throws what its compiler says. */
export async function compileAssemblyScript(text: string): Promise<Uint8Array> {
  let bytes = new Uint8Array(0)
  const { error, stderr } = await main(['source.ts', '-o', 'source.wasm', ...OPTIONS], {
    readFile: (name) => (name === 'source.ts' ? text : null),
    writeFile: (_, content) => {
      if (typeof content !== 'string') bytes = new Uint8Array(content)
    },
    listFiles: () => [],
  })
  if (error) throw new Error(stderr.toString())
  return bytes
}
