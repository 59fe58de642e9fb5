import { execFileSync, spawnSync } from 'node:child_process'

/** Whether tmux is here, which is a real terminal for tests. */
export function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0
}

/** What a test is called that needs it. */
export const tmuxTitle = hasTmux() ? 'in tmux' : 'in tmux, which is not here: apt-get install tmux'

/** How long something may take to appear, in milliseconds: hosts of tests are busy. */
const PATIENCE = 40_000

let sockets = 0

/** A terminal with a program in it, on a server of its own. */
export class Tmux {
  readonly #socket = `zvm-test-${process.pid}-${sockets++}`

  /** Starts a shell command in a terminal of a size. The terminal stays when it has ended. */
  constructor(command: string, width = 80, height = 24) {
    const size = ['-x', String(width), '-y', String(height)]
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, `${command}; sleep 600`)
  }

  /** Sends keys by their names, as tmux has them: `C-c`, `Enter`, `a`. */
  keys(...names: readonly string[]): void {
    this.#tmux('send-keys', '-t', '0', ...names)
  }

  /** Types a text as it is. */
  type(text: string): void {
    this.#tmux('send-keys', '-t', '0', '-l', text)
  }

  /** The lines on the screen, without what is empty at their ends. */
  screen(): string {
    return this.#tmux('capture-pane', '-p', '-t', '0')
  }

  resize(width: number, height: number): void {
    this.#tmux('resize-window', '-t', '0', '-x', String(width), '-y', String(height))
  }

  /** Writes all that is sent to the terminal from here on to a file, as it is. */
  record(path: string): void {
    this.#tmux('pipe-pane', '-t', '0', `cat > '${path}'`)
  }

  /** The process that the shell in the terminal waits for. */
  child(): number {
    const shell = this.#tmux('display', '-p', '-t', '0', '#{pane_pid}').trim()
    return Number(execFileSync('pgrep', ['-P', shell], { encoding: 'utf8' }).trim().split('\n')[0])
  }

  /** Waits for a pattern on the screen, and gives that. Throws, with what is there, if it does not come. */
  async until(pattern: RegExp): Promise<string> {
    const end = performance.now() + PATIENCE
    for (;;) {
      const screen = this.screen()
      if (pattern.test(screen)) return screen
      if (performance.now() > end) throw new Error(`${pattern} is not on the screen:\n${screen}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  end(): void {
    spawnSync('tmux', ['-L', this.#socket, 'kill-server'])
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' })
  }
}
