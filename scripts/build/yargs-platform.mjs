/**
 * What yargs asks of its platform. Stands in for yargs/lib/platform-shims/esm.mjs where the bins are bundled: that one
 * loads what no command needs and takes 40 ms a start (`node:assert` with all streams of node; to measure emoji,
 * an `Intl.Segmenter` and the regular expressions of Unicode). Our help is ASCII, in English, without colours.
 */
import { basename, dirname, extname, join, relative, resolve } from 'node:path'
import { cliui } from 'cliui/build/lib/index.js'
import Parser from 'yargs-parser'

const stringWidth = (text) => text.length

export default {
  assert: {
    strictEqual: (a, b) => assertThat(a === b),
    notStrictEqual: (a, b) => assertThat(a !== b),
  },
  cliui: (options) => cliui(options, { stringWidth, stripAnsi: (text) => text, wrap }),
  findUp: () => undefined,
  getCallerFile: unsupported,
  getEnv: (name) => process.env[name],
  getProcessArgvBin: () => process.argv[1],
  inspect: String,
  mainFilename: 'zvm',
  Parser,
  path: { basename, dirname, extname, join, relative, resolve },
  process: {
    argv: () => process.argv,
    cwd: () => process.cwd(),
    emitWarning: (warning, type) => process.emitWarning(warning, type),
    execPath: () => process.execPath,
    exit: (code) => process.exit(code),
    nextTick: process.nextTick,
    /** A getter: asking opens the stream, and only help asks. */
    get stdColumns() {
      return process.stdout.columns ?? null
    },
  },
  readFileSync: unsupported,
  readdirSync: unsupported,
  require: unsupported,
  stringWidth,
  y18n: {
    __: format,
    __n: (one, many, count, ...values) => format(count === 1 ? one : many, ...values),
    getLocale: () => 'en',
    setLocale() {},
    updateLocale() {},
  },
}

function assertThat(holds) {
  if (!holds) throw new Error('yargs: an assertion failed')
}

/** Texts of yargs have no other marks than %s. */
function format(text, ...values) {
  return text.replace(/%s/g, () => String(values.shift()))
}

/** Configuration in package.json, folders of commands: we have none. */
function unsupported() {
  throw new Error('yargs asked for what its bundled platform does not have')
}

/** Breaks lines at spaces, and words that are longer than a line anywhere. */
function wrap(text, width) {
  return text
    .split('\n')
    .map((line) => wrapLine(line.trim(), width).join('\n'))
    .join('\n')
}

function wrapLine(line, width) {
  const lines = []
  let rest = line
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width)
    const end = space > 0 ? space : width
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}
