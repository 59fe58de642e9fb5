import { existsSync } from 'node:fs'
import type { Bench } from './group.ts'
import { type Program, readPrograms } from './program.ts'

/** The public corpus, which is not ours to commit. */
const CORPUS = '../shared/benchmarks/corpus.json'

/** Loops that do nothing but call. */
const CALL_LOOP = /^geth\/(static)?call-/

/** The programs of the public corpus or of the file in its place: loops of calls, and all others. */
export interface Corpus {
  readonly programs: readonly Program[]
  readonly callLoops: readonly Program[]
}

/** Reads the corpus; empty, with a note in the name of `group`, where there is none. */
export function readCorpus(bench: Bench, group: string): Corpus {
  const path = bench.options.corpus ?? (existsSync(CORPUS) ? CORPUS : null)
  if (path === null) bench.note(`${group}: no ${CORPUS}; --corpus FILE names another`)
  const all = path === null ? [] : readPrograms(path)
  const isCallLoop = ({ name }: Program) => CALL_LOOP.test(name)
  return { programs: all.filter((program) => !isCallLoop(program)), callLoops: all.filter(isCallLoop) }
}
