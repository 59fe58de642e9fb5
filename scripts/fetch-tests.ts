/** Puts the public conformance suites into ethereum-tests/: `npm run fetch-tests [-- --from DIR | --mirror URL]`. */
import { parseArgs } from 'node:util'
import { ERROR_CODES, ZvmError } from '../src/core/errors.ts'
import { unpackArchives, writeDigests } from './fetch/archives.ts'
import { type Manifest, readManifest } from './fetch/manifest.ts'
import { removeStaleStaging } from './fetch/place.ts'
import { fetchUpstream } from './fetch/upstream.ts'

const USAGE = `usage: npm run fetch-tests [-- OPTIONS]
Puts the public suites of ethereum-tests/manifest.json into ethereum-tests/. What is in place already stays.
  --from DIR    unpack the archives that lie in DIR instead of downloading
  --mirror URL  download from this server instead of the hosts of the manifest (same paths)
  --into DIR    another folder than ethereum-tests, with a manifest.json of its own
  --write-digests  with --from: make digests.txt anew (for a new set of archives)`

async function main(args: string[]): Promise<number> {
  const options = readOptions(args)
  if (options === undefined) {
    console.error(USAGE)
    return 3
  }
  if (options.help) {
    console.log(USAGE)
    return 0
  }
  const into = options.into ?? 'ethereum-tests'
  try {
    const manifest = readManifest(into)
    removeStaleStaging(into)
    if (options.from !== undefined) {
      await unpackArchives(manifest, options.from, into, (line) => console.log(line))
      if (options['write-digests']) writeDigests(manifest, into)
      return 0
    }
    return await fromUpstream(manifest, into, options.mirror)
  } catch (error) {
    return report(error)
  }
}

async function fromUpstream(manifest: Manifest, into: string, mirror: string | undefined): Promise<number> {
  const progress = progressLine()
  const errors = await fetchUpstream(manifest, into, {
    ...(mirror === undefined ? {} : { mirror }),
    log: (line) => {
      progress.clear()
      console.log(line)
    },
    onSource: progress.begin,
    onProgress: progress.show,
  })
  progress.clear()
  return Math.max(0, ...errors.map(report))
}

function readOptions(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: {
        from: { type: 'string' },
        mirror: { type: 'string' },
        into: { type: 'string' },
        'write-digests': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    return values
  } catch (error) {
    console.error(`fetch-tests: ${(error as Error).message}`)
    return undefined
  }
}

/** One line for what went wrong; the exit codes are those of zvm: 1 a check failed, 11 input or network. */
function report(error: unknown): number {
  if (!(error instanceof ZvmError)) throw error
  console.error(`fetch-tests: ${error.message}`)
  return error.code === ERROR_CODES.mismatch || error.code === ERROR_CODES.value ? 1 : 11
}

/** A line on the terminal that overwrites itself; nothing at all in a pipe. */
function progressLine() {
  const { stderr } = process
  let name = ''
  let shownAt = 0
  return {
    begin(source: string) {
      name = source
    },
    show(received: number, total: number | undefined) {
      if (!stderr.isTTY || Date.now() - shownAt < 100) return
      shownAt = Date.now()
      const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1)
      stderr.write(`\r\x1b[K${name} ${megabytes(received)}${total ? ` of ${megabytes(total)}` : ''} MB`)
    },
    clear() {
      if (stderr.isTTY) stderr.write('\r\x1b[K')
    },
  }
}

process.exitCode = await main(process.argv.slice(2))
