/**
 * The engine in a real browser, from a bundle that only browsers can load: with WebAssembly, and on a page whose
 * policy forbids both WebAssembly and eval. What it finds is what it finds in node.
 */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, startChromium } from './chromium.ts'
import type { PageReport } from './page.ts'
import { readWork } from './sample.ts'
import { bundlePage, servePage } from './serve.ts'
import { runWork } from './work.ts'

/** Where the public suites are unpacked; ZVM_SUITES names another folder. */
const SUITES = process.env.ZVM_SUITES ?? 'ethereum-tests'
const CASES_PER_FILE = 3
const MINUTES = 60_000

const path = findChromium()
const title = path
  ? 'in chromium'
  : 'in chromium, which is not here: apt-get install chromium, or set CHROMIUM'

describe.skipIf(!path)(title, () => {
  const work = readWork(SUITES, CASES_PER_FILE)
  const expected = runWork(work)
  let browser: Browser
  let script: Uint8Array
  beforeAll(async () => {
    script = await bundlePage()
    browser = await startChromium(path!)
  }, MINUTES)
  afterAll(() => browser?.close())

  /** Loads the page and gives what it tells. */
  async function visit(isStrict: boolean): Promise<PageReport> {
    const server = await servePage(script, work, isStrict)
    const page = await browser.newPage()
    try {
      await page.goto(server.address)
      return await server.report
    } finally {
      await page.close()
      server.close()
    }
  }

  it(
    'finds what node finds, with WebAssembly',
    async () => {
      const { findings, ...facts } = await visit(false)
      expect(facts).toEqual({ error: null, allowsWasm: true, allowsEval: true, warnings: [] })
      expect(findings).toEqual(expected)
    },
    5 * MINUTES,
  )

  it(
    'finds the same where WebAssembly and eval are forbidden, and says once what it runs on',
    async () => {
      const { findings, ...facts } = await visit(true)
      const warnings = [expect.stringMatching(/^zvm: this host runs no WebAssembly, so the reference tier/)]
      expect(facts).toEqual({ error: null, allowsWasm: false, allowsEval: false, warnings })
      expect(findings).toEqual({ ...expected, tier: 'reference' })
    },
    10 * MINUTES,
  )

  it('was given a wallet that signs as zsig, and verifies what it signed and nothing else', () => {
    const [signature, , , ...verdicts] = expected.wallet
    expect(signature).toBe(
      'oqkfmhtnKl4oQt08o6HGsIvgbACdOlwChG9/xnW0Gq5gtaA5GEuhwg0+EaCGvMor3UCSdG2pi1jaNqT+vujpCQ==\n',
    )
    expect(verdicts).toEqual(['true', 'true', 'false', 'false', 'true'])
  })

  it('was given programs and state tests that pass', () => {
    expect(work.programs.length).toBeGreaterThan(0)
    expect(expected.lines.length).toBeGreaterThan(work.programs.length)
    expect(expected.lines.filter((line) => line.includes(' FAILS '))).toEqual([])
  })
})
