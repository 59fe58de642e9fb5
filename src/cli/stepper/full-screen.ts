import { ZvmError } from '../../core/errors.ts'
import { EXIT } from '../exit-codes.ts'
import { plain } from '../plain.ts'
import { FullTerminal } from '../terminal.ts'
import { type Look, PANES, screenOf } from './screen.ts'
import { COMMANDS, type Stepper } from './stepper.ts'
import { listingOf } from './views.ts'

/** Commands of keys. */
const KEYS: Readonly<Record<string, string>> = {
  ...{
    s: 'step',
    right: 'step',
    n: 'over',
    f: 'out',
    b: 'back',
    left: 'back',
    N: 'back-over',
    F: 'back-out',
  },
  ...{ c: 'continue', C: 'back-continue', '0': 'goto 0', $: 'goto end' },
}

/** Keys that begin a command, which is then typed to its end. */
const PROMPTS: Readonly<Record<string, string>> = {
  ...{ ':': '', '/': 'search ', u: 'until ', g: 'goto ', k: 'break ' },
}

const HINT = 's step n over f out b back c run C back to stop k break / find : command ? help q quit'

const HELP: readonly string[] = [
  'Keys',
  '  s right  step, into calls        b left  step back',
  '  n        over a call             N       back over it',
  '  f        out of this frame       F       back to its call',
  '  c        run to a breakpoint     C       back to the one before',
  '  0 $      beginning, end          g       go to a position',
  '  k        set a breakpoint        space   one at the next instruction',
  '  u        run until a condition   /       run to an instruction with a text',
  '  up down  scroll the code         [ ]     the stack   { }  the pane',
  '  pages    scroll the memory       tab     storage, calls, logs',
  '  v        source or memory        :       any command   ctrl-c  stop, quit',
  '',
]

/** The stepper on a whole terminal, until it is left; gives the exit code. */
export function fullScreen(stepper: Stepper): Promise<number> {
  return new Promise((resolve, reject) => {
    const screen = new Screen(stepper, (code) => {
      terminal.close()
      resolve(code)
    })
    const guarded = (run: () => Promise<void>) => {
      run().catch((error: unknown) => {
        terminal.close()
        reject(error)
      })
    }
    const terminal: FullTerminal = new FullTerminal(
      (key) => guarded(() => screen.key(key, terminal)),
      () => guarded(() => screen.draw(terminal)),
    )
    terminal.open()
    guarded(() => screen.draw(terminal))
  })
}

class Screen {
  readonly #stepper: Stepper
  readonly #end: (code: number) => void
  #look: Look = { codeAt: null, stackFrom: 0, memoryFrom: 0, pane: 0, paneFrom: 0, isSource: true }
  #message = HINT
  /** What is typed; null where keys are commands. */
  #typed: string | null = null
  #isHelp = false
  #isBusy = false
  #waiting: string[] = []

  constructor(stepper: Stepper, end: (code: number) => void) {
    this.#stepper = stepper
    this.#end = end
  }

  /** Takes a key. While a command runs others wait, but for the one that stops it. */
  async key(key: string, terminal: FullTerminal): Promise<void> {
    if (this.#isBusy) {
      if (key === 'ctrl-c') this.#stepper.isInterrupted = true
      else this.#waiting.push(key)
      return
    }
    this.#isBusy = true
    try {
      for (let next: string | undefined = key; next !== undefined; next = this.#waiting.shift())
        if (await this.#take(next, terminal)) return
      await this.draw(terminal)
    } finally {
      this.#isBusy = false
    }
  }

  async draw(terminal: FullTerminal): Promise<void> {
    const { width, height } = terminal
    const footer = this.#typed === null ? this.#message : `:${this.#typed}_`
    if (this.#isHelp) {
      const commands = COMMANDS.map(([names, describe]) => `  ${names.join(', ').padEnd(18)} ${describe}`)
      const lines = [...HELP, 'Commands', ...commands].slice(0, height - 1)
      terminal.draw([...lines.map((line) => line.slice(0, width)), 'any key goes back'])
    } else terminal.draw(await screenOf(this.#stepper, this.#look, width, height, footer))
  }

  /** Whether it was the last. */
  async #take(key: string, terminal: FullTerminal): Promise<boolean> {
    if (this.#isHelp) {
      this.#isHelp = false
      return false
    }
    if (this.#typed !== null) return this.#edit(key, terminal)
    if (key === 'q' || key === 'ctrl-c') {
      this.#end(key === 'q' ? EXIT.ok : EXIT.interrupted)
      return true
    }
    if (key === 'ctrl-z') terminal.suspend()
    else if (key === '?') this.#isHelp = true
    else if (key in PROMPTS) this.#typed = PROMPTS[key]
    else if (key in KEYS) return this.#run(KEYS[key], terminal)
    else this.#scroll(key)
    return false
  }

  async #edit(key: string, terminal: FullTerminal): Promise<boolean> {
    const typed = this.#typed ?? ''
    if (key === 'enter') {
      this.#typed = null
      return this.#run(typed, terminal)
    }
    if (key === 'ctrl-c' || key === '\u001b' || (key === 'backspace' && typed === '')) this.#typed = null
    else if (key === 'backspace') this.#typed = typed.slice(0, -1)
    else if (/^[\x20-\x7e]$/.test(key)) this.#typed = typed + key
    return false
  }

  async #run(command: string, terminal: FullTerminal): Promise<boolean> {
    this.#message = 'running; ctrl-c stops it'
    await this.draw(terminal)
    try {
      const { lines, isLast } = await this.#stepper.execute(command)
      if (isLast) {
        this.#end(EXIT.ok)
        return true
      }
      const isView = /^\s*(help|h)\b/.test(command)
      this.#isHelp = isView
      this.#message = lines.length > 0 && !isView ? lines.join('; ') : HINT
    } catch (error) {
      if (!(error instanceof ZvmError)) throw error
      this.#message = plain(error.message)
    }
    Object.assign(this.#look, { codeAt: null, stackFrom: 0, paneFrom: 0 })
    return false
  }

  #scroll(key: string): void {
    const look = this.#look
    const { frame, driver } = this.#stepper.debug
    const page = 8 * 16
    if (key === 'tab') Object.assign(look, { pane: (look.pane + 1) % PANES.length, paneFrom: 0 })
    else if (key === 'v') look.isSource = !look.isSource
    else if (key === ' ' && frame) this.#stepper.toggle(frame.pc)
    else if ((key === 'up' || key === 'down') && frame) {
      const { at, instructions } = listingOf(frame.program, driver.table)
      const centre = look.codeAt ?? at.get(frame.pc) ?? instructions.length
      look.codeAt = Math.max(0, Math.min(instructions.length, centre + (key === 'up' ? -1 : 1)))
    } else if (key === '[') look.stackFrom = Math.max(0, look.stackFrom - 1)
    else if (key === ']') look.stackFrom = Math.min(Math.max(0, (frame?.sp ?? 1) - 1), look.stackFrom + 1)
    else if (key === '{') look.paneFrom = Math.max(0, look.paneFrom - 1)
    else if (key === '}') look.paneFrom++
    else if (key === 'page-up') look.memoryFrom = Math.max(0, look.memoryFrom - page)
    else if (key === 'page-down' && look.memoryFrom + page < (frame?.memorySize ?? 0)) look.memoryFrom += page
  }
}
