import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { unpackArchives, writeDigests } from './fetch/archives.ts'
import { download } from './fetch/download.ts'
import { digestSection, fileDigest, type Manifest, type Source, sourceId } from './fetch/manifest.ts'
import { isPlaced } from './fetch/place.ts'
import { fetchUpstream } from './fetch/upstream.ts'
import { runChild } from './lib/child.ts'

/** Members of a made-up archive: a name, and a text or the target of a link. */
type Member = readonly [name: string, content: string | { link: string }]

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A tar archive as git writes it: a global pax header first, long names split in two, longer ones in pax records. */
function tarOf(members: readonly Member[]): Buffer {
  const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)])
  const member = (name: string, type: string, content: Buffer, link = ''): Buffer => {
    const header = Buffer.alloc(512)
    const split = name.length > 100 ? name.lastIndexOf('/', 155) : -1
    header.write(name.slice(split + 1, split + 101), 0)
    header.write(name.slice(0, Math.max(split, 0)), 345)
    header.write('0000644\0', 100)
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write('        ', 148)
    header.write(type, 156)
    header.write(link, 157)
    header.write('ustar\x0000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    return Buffer.concat([header, padded(content)])
  }
  const parts = [member('pax_global_header', 'g', Buffer.from('17 comment=c0ffee\n'))]
  for (const [name, content] of members) {
    if (name.length > 250) {
      const rest = ` path=${name}\n`
      parts.push(member('pax', 'x', Buffer.from(`${rest.length + 3}${rest}`)))
    }
    if (typeof content !== 'string') parts.push(member(name, '2', Buffer.alloc(0), content.link))
    else parts.push(member(name, name.endsWith('/') ? '5' : '0', Buffer.from(content)))
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

const LONG = `root/a/${'deep/'.repeat(25)}long.json`
const LONGER = `root/a/${'deep/'.repeat(60)}longer.json`
/** Incompressible, so that a download of it can be broken in the middle. */
const NOISE = Array.from({ length: 4000 }, (_, n) => sha256(Buffer.from(`${n}`))).join('')

const GOOD: readonly Member[] = [
  ['root/', ''],
  ['root/LICENSE', 'MIT'],
  ['root/README.md', 'not a test'],
  ['root/a/', ''],
  ['root/a/one.json', '{"one":1}'],
  ['root/a/skip/two.json', '{"two":2}'],
  ['root/b/three.json', '{"three":3}'],
  [LONG, NOISE],
  [LONGER, 'longer'],
]

/** Where the wanted members of GOOD go. */
const PLACED = {
  'suite/LICENSE': 'MIT',
  'suite/a/one.json': '{"one":1}',
  [LONG.replace('root', 'suite')]: NOISE,
  [LONGER.replace('root', 'suite')]: 'longer',
}

let server: Server
let mirror: string
let into: string
let respond: (request: IncomingMessage, response: ServerResponse) => void
let sentBytes: number
let requests: { url: string; range: string | undefined }[]

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', range: request.headers.range })
    respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())
beforeEach(() => {
  into = mkdtempSync(join(tmpdir(), 'zvm-fetch-'))
  requests = []
  sentBytes = 0
  return () => rmSync(into, { recursive: true, force: true })
})

function sourceOf(packed: Buffer | null, change: Partial<Source> = {}): Source {
  return {
    name: 'made-up',
    origin: 'example at c0ffee',
    licence: 'MIT',
    url: 'https://example.invalid/made-up/tar.gz/c0ffee',
    sha256: packed === null ? null : sha256(packed),
    root: 'root',
    folder: 'suite',
    include: ['LICENSE', 'a'],
    exclude: ['a/skip'],
    archives: [],
    ...change,
  }
}

/** Fetches one source; gives the messages of what failed and the lines logged. */
async function fetchOne(source: Source) {
  const lines: string[] = []
  const manifest: Manifest = { version: 1, sources: [source] }
  const options = { mirror, pauseMs: 1, log: (line: string) => lines.push(line) }
  const errors = await fetchUpstream(manifest, into, options)
  return { errors: errors.map(({ message }) => message), lines }
}

/** Everything under `into` but its working folders: path → text. */
function tree(): Record<string, string> {
  const files = readdirSync(into, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(into.length + 1))
  const shown = paths.filter((path) => !path.startsWith('.') && path !== 'digests.txt')
  return Object.fromEntries(shown.map((path) => [path, readFileSync(join(into, path), 'utf8')]))
}

const leftOver = () => readdirSync(into).filter((name) => name.startsWith('.staging'))

/** Serves `bytes` whole, or from the byte asked for when the validator still holds. */
function serve(bytes: Buffer, tag = '"v1"', breakAt?: number) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const asked =
      request.headers['if-range'] === tag ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null
    const start = Number(asked?.[1] ?? 0)
    const headers = { etag: tag, 'content-length': bytes.length - start }
    if (asked)
      response.writeHead(206, {
        ...headers,
        'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}`,
      })
    else response.writeHead(200, headers)
    sentBytes += (breakAt ?? bytes.length) - start
    if (breakAt === undefined || start >= breakAt) response.end(bytes.subarray(start))
    else response.write(bytes.subarray(start, breakAt), () => response.destroy())
  }
}

describe('fetch from upstream', () => {
  const packed = gzipSync(tarOf(GOOD))

  it('takes what is included, in our layout, and a second run asks for nothing', async () => {
    respond = serve(packed)
    expect(await fetchOne(sourceOf(packed))).toEqual({
      errors: [],
      lines: ['made-up: 4 files from example at c0ffee'],
    })
    expect(tree()).toEqual(PLACED)
    expect(requests).toEqual([{ url: '/made-up/tar.gz/c0ffee', range: undefined }])
    expect((await fetchOne(sourceOf(packed))).lines).toEqual(['made-up: already in place'])
    expect(requests).toHaveLength(1)
    expect(readdirSync(join(into, '.downloads'))).toEqual([])
  })

  it('mends a suite that lost a file', async () => {
    respond = serve(packed)
    await fetchOne(sourceOf(packed))
    rmSync(join(into, 'suite/a/one.json'))
    await fetchOne(sourceOf(packed))
    expect(tree()).toEqual(PLACED)
  })

  it('goes on where the connection broke, within a run', async () => {
    const half = packed.length >> 1
    respond = (request, response) =>
      serve(packed, '"v1"', requests.length === 1 ? half : undefined)(request, response)
    expect((await fetchOne(sourceOf(packed))).errors).toEqual([])
    expect(requests.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`])
    expect(sentBytes).toBe(packed.length)
    expect(tree()).toEqual(PLACED)
  })

  it('gives up after five tries, keeps what came, and goes on in the next run', async () => {
    const half = packed.length >> 1
    respond = serve(packed, '"v1"', half)
    let tries = 0
    respond = (request, response) => {
      if (tries++ === 0) serve(packed, '"v1"', half)(request, response)
      else response.destroy()
    }
    const { errors } = await fetchOne(sourceOf(packed))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain(`(5 tries; ${half} bytes are kept, run the command again to go on)`)
    expect(errors[0]).toContain(`${mirror}/made-up/tar.gz/c0ffee: `)
    expect([tree(), requests.length]).toEqual([{}, 5])
    respond = serve(packed)
    expect((await fetchOne(sourceOf(packed))).errors).toEqual([])
    expect(requests.at(-1)?.range).toBe(`bytes=${half}-`)
    expect(tree()).toEqual(PLACED)
  })

  it.each([
    ['the file changed on the server', '"v2"', true],
    ['the server gives a weak validator', 'W/"v1"', false],
  ])('starts over when %s', async (_, tag, asks) => {
    const half = packed.length >> 1
    const first = tag.startsWith('W/') ? tag : '"v1"'
    respond = (request, response) =>
      requests.length === 1
        ? serve(packed, first, half)(request, response)
        : serve(packed, tag)(request, response)
    expect((await fetchOne(sourceOf(packed))).errors).toEqual([])
    expect(requests.map(({ range }) => range !== undefined)).toEqual([false, asks])
    expect(tree()).toEqual(PLACED)
  })

  it('starts over when the server cannot give the range', async () => {
    const file = join(into, 'x')
    writeFileSync(`${file}.part`, packed)
    writeFileSync(`${file}.part.tag`, JSON.stringify({ url: `${mirror}/x`, tag: '"v1"' }))
    respond = (request, response) =>
      request.headers.range ? response.writeHead(416).end() : serve(packed)(request, response)
    await download(`${mirror}/x`, file, { pauseMs: 1 })
    expect(readFileSync(file).equals(packed)).toBe(true)
    expect(requests.map(({ range }) => range)).toEqual([`bytes=${packed.length}-`, undefined])
  })

  it('takes a silent connection for a broken one', async () => {
    respond = (request, response) => {
      if (requests.length > 1) serve(packed)(request, response)
      else response.writeHead(200, { 'content-length': 5 }).write('a')
    }
    await download(`${mirror}/x`, join(into, 'x'), { pauseMs: 1, idleMs: 50 })
    expect(requests).toHaveLength(2)
  })

  it('asks once for what is not there', async () => {
    respond = (_, response) => response.writeHead(404).end('no')
    const { errors } = await fetchOne(sourceOf(packed))
    expect(errors).toEqual([`${mirror}/made-up/tar.gz/c0ffee: the server answered 404`])
    expect([requests.length, tree()]).toEqual([1, {}])
  })

  const hostile = (name: string, content: Member[1] = 'x') => gzipSync(tarOf([...GOOD, [name, content]]))
  it.each([
    ['a name above the folder', hostile('root/a/../../../evil.json'), 'leads out of the folder'],
    ['an absolute name', hostile('/tmp/evil.json'), 'leads out of the folder'],
    ['a name with a backslash', hostile('root\\..\\evil.json'), 'leads out of the folder'],
    ['a link', hostile('root/a/evil.json', { link: '/etc/passwd' }), 'is a link or a device'],
    ['a torn archive', packed.subarray(0, packed.length - 100), 'cannot be unpacked'],
    ['an archive cut at a whole block', gzipSync(tarOf(GOOD).subarray(0, 2048)), 'ends in the middle'],
    ['something else', gzipSync(Buffer.alloc(1024, 'x')), 'wrong check sum'],
    ['no archive', Buffer.from('<html>sorry</html>'), 'cannot be unpacked'],
    ['none of the folders', gzipSync(tarOf([['other/a/one.json', '1']])), 'holds none of LICENSE, a'],
  ])('refuses %s and writes nothing', async (_, bytes, message) => {
    respond = serve(bytes)
    const { errors } = await fetchOne(sourceOf(bytes))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain(message)
    expect([tree(), leftOver(), existsSync(join(dirname(into), 'evil.json'))]).toEqual([{}, [], false])
  })

  it('refuses a wrong digest, and does not keep the download', async () => {
    respond = serve(packed)
    const { errors } = await fetchOne(sourceOf(packed, { sha256: '00'.repeat(32) }))
    expect(errors[0]).toContain(`its sha256 is ${sha256(packed)}, the manifest says 00`)
    expect([tree(), readdirSync(join(into, '.downloads'))]).toEqual([{}, []])
  })

  const digests = (files: Record<string, string>) =>
    Object.entries(files).map(([path, text]) => fileDigest(path, Buffer.from(text)))
  it.each([
    ['a subset', { 'suite/a/one.json': '{"one":1}' }, undefined],
    ['a changed file', { ...PLACED, 'suite/a/one.json': '{"one":2}' }, '1 of the 4 files'],
    ['a missing file', { ...PLACED, 'suite/a/none.json': '' }, '1 of the 5 files'],
    ['a file elsewhere', { 'suite/one.json': '{"one":1}' }, '1 of the 1 files'],
    ['no digests at all', {}, '0 of the 0 files'],
  ])('judges a download without a digest of its own by its files: %s', async (_, files, message) => {
    writeFileSync(
      join(into, 'digests.txt'),
      `# header\n${digestSection('made-up', digests(files))}[other]\nAAAAAAAAAAA=\n`,
    )
    respond = serve(packed)
    const { errors } = await fetchOne(sourceOf(null))
    expect(errors).toEqual(message === undefined ? [] : [expect.stringContaining(message)])
    expect(tree()).toEqual(message === undefined ? PLACED : {})
  })
})

const hasXz = (await runChild('xz', ['--version'])).code === 0
describe.skipIf(!hasXz)('fetch from archives', () => {
  /** Packs files with the system's tar, as the archives are; gives the manifest that names it. */
  async function pack(files: Record<string, string>): Promise<{ from: string; manifest: Manifest }> {
    const from = join(into, '.from')
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(from, 'files', path)), { recursive: true })
      writeFileSync(join(from, 'files', path), text)
    }
    await runChild('tar', ['-cJf', join(from, 'made-up.tar.xz'), '-C', join(from, 'files'), 'suite'])
    const digest = sha256(readFileSync(join(from, 'made-up.tar.xz')))
    const archive = { name: 'made-up.tar.xz', files: 3, packedBytes: 0, sha256: digest }
    return { from, manifest: { version: 1, sources: [sourceOf(null, { archives: [archive] })] } }
  }
  const run = async ({ from, manifest }: { from: string; manifest: Manifest }) => {
    const lines: string[] = []
    await unpackArchives(manifest, from, into, (line) => lines.push(line))
    return lines
  }

  it('unpacks what is there, once', async () => {
    const packed = await pack(PLACED)
    expect(await run(packed)).toEqual(['made-up.tar.xz: 4 files'])
    expect(tree()).toEqual(PLACED)
    expect(await run(packed)).toEqual(['made-up.tar.xz: already in place'])
    // The digests made from archives admit the same files from upstream.
    writeDigests(packed.manifest, into)
    respond = serve(gzipSync(tarOf(GOOD)))
    expect((await fetchOne(sourceOf(null))).errors).toEqual([])
    expect(isPlaced(into, 'made-up', sourceId(sourceOf(null)))).toBe(true)
  })

  it('refuses another archive of the same name, and another number of tests', async () => {
    const packed = await pack(PLACED)
    const change = (archive: object) => {
      const [source] = packed.manifest.sources
      const changed = { ...source?.archives[0], ...archive } as Source['archives'][number]
      return {
        ...packed,
        manifest: { version: 1 as const, sources: [sourceOf(null, { archives: [changed] })] },
      }
    }
    await expect(run(change({ sha256: '11'.repeat(32) }))).rejects.toThrow('the manifest says 1111')
    await expect(run(change({ files: 4 }))).rejects.toThrow('3 test files, the manifest says 4')
    expect([tree(), leftOver()]).toEqual([{}, []])
  })

  it('says so when no archive lies in the folder', async () => {
    const { manifest } = await pack(PLACED)
    await expect(run({ from: join(into, 'nowhere'), manifest })).rejects.toThrow('none of the archives')
  })
})

describe('the command', () => {
  const command = (...args: string[]) =>
    runChild(process.execPath, ['scripts/run.mjs', 'fetch-tests', ...args])

  it('prints a line a source, nothing on stderr in a pipe, and exits by what went wrong', async () => {
    const packed = gzipSync(tarOf(GOOD))
    const sources = [
      sourceOf(packed),
      sourceOf(packed, { name: 'gone', url: 'https://example.invalid/gone' }),
    ]
    writeFileSync(join(into, 'manifest.json'), JSON.stringify({ version: 1, sources }))
    respond = (request, response) =>
      request.url === '/gone' ? response.writeHead(404).end() : serve(packed)(request, response)
    expect(await command('--into', into, '--mirror', `${mirror}/`)).toEqual({
      code: 11,
      stdout: 'made-up: 4 files from example at c0ffee\n',
      stderr: `fetch-tests: ${mirror}/gone: the server answered 404\n`,
    })
    expect(tree()).toMatchObject(PLACED)
    expect((await command('--frm', 'x')).code).toBe(3)
    expect(await command('--into', join(into, 'none'))).toMatchObject({ code: 11, stdout: '' })
  })
})
