import { createInterface } from 'node:readline'
import { EXIT } from '../exit-codes.ts'
import { exit, print } from '../output.ts'
import { Blocks } from './blocks.ts'
import type { Repl } from './repl.ts'

/**
 * Does lines from stdin and prints what they give, or with `printState` that. The first that is wrong ends it: what
 * follows was written for what did not happen. Throws what is wrong.
 */
export async function replFromPipe(repl: Repl, printState: (() => void) | null): Promise<void> {
  const lines = createInterface({ input: process.stdin, terminal: false })
  const interrupt = () => exit(EXIT.interrupted)
  process.on('SIGINT', interrupt)
  const blocks = new Blocks()
  const run = async (text: string): Promise<boolean> => {
    const reply = await repl.execute(text)
    if (printState && text.trim() !== '' && !reply.isLast) printState()
    else if (!printState) for (const line of reply.lines) print(line)
    return reply.isLast
  }
  try {
    for await (const line of lines) {
      const text = blocks.add(line)
      if (text !== null && (await run(text))) return
    }
    if (blocks.isOpen) await run(blocks.take())
  } finally {
    process.off('SIGINT', interrupt)
    lines.close()
  }
}
