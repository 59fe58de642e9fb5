import { Session } from 'node:inspector/promises'
import { checkWritable, writeAtomically } from '../../src/host/write-file.ts'

/** A CPU profile in the making. */
export interface Profile {
  /** Ends it and writes it to its file, in the form of `node --cpu-prof`. */
  write(): Promise<void>
}

/** Begins to profile this process. Throws IO if the file cannot be written, before anything has run. */
export async function startProfile(path: string): Promise<Profile> {
  checkWritable(path)
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.start')
  return {
    async write() {
      const { profile } = await session.post('Profiler.stop')
      session.disconnect()
      writeAtomically(path, JSON.stringify(profile))
    },
  }
}
