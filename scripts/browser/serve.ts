import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { build } from 'esbuild'
import type { PageReport } from './page.ts'
import type { Work } from './work.ts'

/** Allows scripts of the server, and neither `eval` nor, for want of 'wasm-unsafe-eval', WebAssembly. */
const STRICT_POLICY = "default-src 'self'"

/** A server for one page, under a policy or under none. */
export interface PageServer {
  readonly address: string
  /** What the page told. */
  readonly report: Promise<PageReport>
  close(): void
}

/** The script of the page as one bundle for browsers; fails where something in it needs Node. */
export async function bundlePage(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: ['scripts/browser/page.ts'],
    bundle: true,
    minify: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  })
  return outputFiles[0].contents
}

export async function servePage(script: Uint8Array, work: Work, isStrict: boolean): Promise<PageServer> {
  let tell: (report: PageReport) => void
  const report = new Promise<PageReport>((resolve) => {
    tell = resolve
  })
  const server = createServer(async (request, response) => {
    switch (request.url) {
      case '/':
        if (isStrict) response.setHeader('Content-Security-Policy', STRICT_POLICY)
        return send(response, 'text/html', '<!doctype html><script type="module" src="/page.js"></script>')
      case '/page.js':
        return send(response, 'text/javascript', script)
      case '/work.json':
        return send(response, 'application/json', JSON.stringify(work))
      case '/report': {
        const parts: Uint8Array[] = []
        for await (const part of request) parts.push(part as Uint8Array)
        tell(JSON.parse(Buffer.concat(parts).toString()) as PageReport)
        return send(response, 'text/plain', '')
      }
      default:
        response.statusCode = 404
        return send(response, 'text/plain', '')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}/`, report, close: () => server.close() }
}

function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.setHeader('Content-Type', type)
  response.end(body)
}
