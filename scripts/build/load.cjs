/**
 * Loads the bundled modules of the bins, as dist/bin/load.js. They are CommonJS, and beside each lies the code that V8 made
 * of it when it was built: on the Node that built them nothing is parsed or compiled, which is half of a start. Another
 * Node has none of its own there, and V8 refuses what was made under other flags: then the source is compiled as ever.
 */
const { readFileSync } = require('node:fs')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')
const { Script } = require('node:vm')

/** By name: what a module exports, and the script that is run for it. */
const loaded = new Map()

/** V8 has code for itself alone, of one version on one architecture. */
const CODE = `.${process.version}-${process.arch}.code`

/** What a bundled module exports; run when it is asked for first. */
function load(name) {
  const known = loaded.get(name)
  if (known) return known.module.exports
  const file = join(__dirname, name)
  const module = { exports: {} }
  // The bundler writes ASCII alone.
  const source = readFileSync(file, 'latin1')
  const script = new Script(`(function (exports, require, module, fileUrl, importPackage) {${source}\n})`, {
    // Not the path: V8 keeps it with the code, and the folder may be another by now.
    filename: name,
    cachedData: codeOf(file),
  })
  loaded.set(name, { module, script })
  const run = script.runInThisContext()
  run(module.exports, requireFrom, module, pathToFileURL(file).href, importPackage)
  return module.exports
}

function requireFrom(id) {
  return id.startsWith('./') ? load(id.slice(2)) : require(id)
}

/** A script of `vm` cannot do it by itself. */
function importPackage(name) {
  return import(name)
}

function codeOf(file) {
  try {
    return readFileSync(file + CODE)
  } catch {
    return undefined
  }
}

module.exports = { CODE, load, loaded }
