/**
 * `node keep-code.cjs FOLDER COMMANDS`: runs commands of the bins in that folder, a JSON list of their arguments, and keeps
 * beside each module what V8 has compiled of it by then, for load.cjs.
 */
const { writeFileSync } = require('node:fs')
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

function keep() {
  process.removeAllListeners('beforeExit')
  for (const [name, { script }] of loaded) writeFileSync(join(folder, name + CODE), script.createCachedData())
}
