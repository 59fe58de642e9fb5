import { type ChildProcess, spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A running node that is not ours, listening on this machine only. */
export interface AnvilNode {
  readonly url: string
  /** `1.7.1` and the like. */
  readonly version: string
  stop(): Promise<void>
}

/** Ten accounts of 10,000 ether belong to it. Known to everybody: for test chains only. */
export const MNEMONIC = 'test test test test test test test test test test test junk'

/** Time of the genesis block, in seconds; all that follows from it is the same on every machine. */
export const GENESIS_TIME = 1_750_000_000

const START_MS = 20_000
const require = createRequire(import.meta.url)

/** For recording: blocks are mined on demand only, in order, and every step can be asked for. */
const RECORDING = ['--gas-limit', '60000000', '--no-mining', '--order', 'fifo', '--steps-tracing']

/** Starts anvil on a free port with a fork's rules. `settings` are more arguments of its command line. */
export async function startAnvil(fork: string, settings: readonly string[] = RECORDING): Promise<AnvilNode> {
  const { binary, version } = findAnvil()
  const args = [
    ['--host', '127.0.0.1', '--port', '0'],
    ['--hardfork', fork, '--mnemonic', MNEMONIC, '--timestamp', String(GENESIS_TIME)],
    ['--chain-id', '31337', ...settings],
  ].flat()
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill()
  process.once('exit', kill)
  const stop = async () => {
    process.off('exit', kill)
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill()
    await ended
  }
  try {
    return { url: `http://127.0.0.1:${await portOf(child)}`, version, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Why anvil cannot run here, or null when it can. */
export async function whyNoAnvil(): Promise<string | null> {
  try {
    await (await startAnvil('osaka')).stop()
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** The binary that the npm package installs for this platform. */
function findAnvil(): { binary: string; version: string } {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const name = `@foundry-rs/anvil-${process.platform}-${arch}`
  try {
    const manifest = require.resolve(`${name}/package.json`)
    const { version } = require(manifest) as { version: string }
    const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
    return { binary: join(dirname(manifest), 'bin', file), version }
  } catch (cause) {
    throw new Error(`${name} is not installed`, { cause })
  }
}

/** The port that anvil says it listens on. Rejects when it ends or is silent for too long. */
function portOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`anvil did not start in ${START_MS} ms`)), START_MS)
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1]
      if (port === undefined) return
      clearTimeout(timer)
      // It prints a line a request from here on, which must not fill the pipe.
      child.stdout?.off('data', hear).resume()
      child.stderr?.resume()
      resolve(Number(port))
    }
    child.stdout?.on('data', hear)
    child.on('error', (error) => reject(new Error(`anvil cannot be started: ${error.message}`)))
    child.on('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`anvil ended with ${code}: ${said.slice(-300)}`))
    })
  })
}
