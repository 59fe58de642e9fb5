import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where distributions put it; playwright-core brings no browser of its own. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of an installed chromium, or of the program that CHROMIUM names; null where there is none. */
export function findChromium(): string | null {
  const { CHROMIUM } = process.env
  return [...(CHROMIUM ? [CHROMIUM] : []), ...PLACES].find(isProgram) ?? null
}

/** Starts it without a window. As root it has no sandbox. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
