/**
 * `node keep-code.cjs FOLDER COMMANDS`: runs commands of the bins in that folder, a JSON list of their arguments, loads the
 * modules that they did not, and keeps beside each what V8 has compiled of it by then, for load.cjs.
 */
const { readdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const [folder, commands] = process.argv.slice(2)
const { CODE, load, loaded } = require(join(folder, 'load.js'))
const left = JSON.parse(commands)

/** A command has ended when nothing is left to wait for. Node asks again only if there was something since. */
process.on('beforeExit', () => {
  const next = left.shift()
  if (next) setImmediate(start, next)
  else keep()
})

function start(args) {
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args)
  loaded.delete('zvm-main.js')
  load('zvm-main.js')
}

/** Those that ran first: V8 drops what it has compiled of functions that have not run for a while. */
function keep() {
  process.removeAllListeners('beforeExit')
  const ran = new Set(loaded.keys())
  keepEach([...ran])
  // The bins themselves would start.
  for (const name of [...readdirSync(folder).filter(isChunk), 'node-crypto-main.js']) load(name)
  keepEach([...loaded.keys()].filter((name) => !ran.has(name)))
}

function isChunk(name) {
  return /-[A-Z0-9]{8}\.js$/.test(name)
}

function keepEach(names) {
  for (const name of names)
    writeFileSync(join(folder, name + CODE), loaded.get(name).script.createCachedData())
}
