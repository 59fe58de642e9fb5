import { existsSync, readFileSync } from 'node:fs'

/**
 * The most memory that this process has had resident, in units of 1,024 bytes. Linux would count in `maxRSS` what the
 * process that started this one had, so there it is asked of the program's own address space.
 */
export function peakKilobytes(): number {
  const status = '/proc/self/status'
  const own = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) : null
  return own ? Number(own[1]) : process.resourceUsage().maxRSS
}
