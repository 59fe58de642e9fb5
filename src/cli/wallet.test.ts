/** Keys and signatures on the command line: formats, verdicts, exit codes, and what must never be seen. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'

const SEED = 'vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY='
const PUBLIC = '5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78'
const SIGNATURE = 'oqkfmhtnKl4oQt08o6HGsIvgbACdOlwChG9/xnW0Gq5gtaA5GEuhwg0+EaCGvMor3UCSdG2pi1jaNqT+vujpCQ=='
const KEY_PAIR = `-----BEGIN ZSIG KEYPAIR-----\nPrivate: ${SEED}\nPublic: ${PUBLIC}\n-----END ZSIG KEYPAIR-----\n`

// Some tests start two dozen processes one after the other.
vi.setConfig({ testTimeout: 180_000 })

const root = mkdtempSync(join(tmpdir(), 'zvm-wallet-'))
afterAll(() => rmSync(root, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

let folder: string
let count = 0
/** Everything that commands have said; no part of a secret may be in it. */
let said = ''
beforeEach(() => {
  folder = mkdtempSync(join(root, `${count++}-`))
  file('data.bin', 'Hello zsig v0.5.0\n')
  secret('a.key', KEY_PAIR)
  file('a.pub', `${PUBLIC}\n`)
})
afterAll(() => {
  expect(said).not.toContain(SEED.slice(0, 12))
  expect(said).not.toContain('bc4f7e8bd1653e5e')
})

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command in the folder of the test, with a home and a session of its own: no terminal can be asked. */
function zvm(line: string, stdin: string | Uint8Array = ''): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config') }
    const bin = join(process.cwd(), BIN)
    const child = spawn(process.execPath, [bin, ...line.split(' ')], { cwd: folder, env, detached: true })
    const out = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        out[stream] += text
        said += text
      })
    child.on('error', reject).on('close', (code) => resolve({ code, ...out }))
    child.stdin.on('error', () => {}).end(stdin)
  })
}

function file(name: string, content: string | Uint8Array): void {
  writeFileSync(join(folder, name), content)
}

function secret(name: string, content: string): void {
  writeFileSync(join(folder, name), content, { mode: 0o600 })
}

const read = (name: string) => readFileSync(join(folder, name))
const modeOf = (name: string) => (statSync(join(folder, name)).mode & 0o777).toString(8)

/** Runs a command that must succeed quietly, and gives its stdout. */
async function done(line: string, stdin?: string | Uint8Array): Promise<string> {
  const { code, stdout, stderr } = await zvm(line, stdin)
  expect([line, code, stderr]).toEqual([line, 0, ''])
  return stdout
}

const VALID = `✓ Signature valid: a.pub ${PUBLIC}`

describe('keygen and pubkey', () => {
  it('write a key that its owner alone may read, and its public half', async () => {
    const shown = await done('keygen -o new.key')
    expect([modeOf('new.key'), read('new.pub').toString()]).toEqual(['600', `${shown.split('\n')[0]}\n`])
    expect(await done('pubkey new.key')).toBe(read('new.pub').toString())
    const json = JSON.parse(await done('keygen --json'))
    expect(json).toEqual({ publicKey: read('zsig.pub').toString().trim(), key: 'zsig.key', pub: 'zsig.pub' })
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('write over nothing unless they are told to', async () => {
    const { code, stderr } = await zvm('keygen -o a.key')
    expect([code, stderr]).toEqual([3, 'zvm: a.key: is there; --force replaces it\n'])
    expect(read('a.key').toString()).toBe(KEY_PAIR)
    file('b.pub', 'mine')
    expect((await zvm('keygen -o b')).code).toBe(3)
    chmodSync(join(folder, 'a.key'), 0o644)
    await done('keygen -o a.key --force')
    expect([modeOf('a.key'), read('a.key').toString() === KEY_PAIR]).toEqual(['600', false])
  })

  it('write PEM, and a key anew', async () => {
    await done('keygen --from a.key --format pem -o p.pem')
    expect([modeOf('p.pem'), read('p.pem').toString()]).toEqual([
      '600',
      expect.stringContaining('BEGIN PRIVATE KEY'),
    ])
    expect(await done('pubkey p.pem')).toBe(`${PUBLIC}\n`)
    expect(await done('pubkey p.pem --format pem')).toBe(read('p.pem.pub').toString())
    await done('keygen --from p.pem -o again.key')
    expect(read('again.key').toString()).toBe(KEY_PAIR)
  })

  it('take no key that others may read, nor show what is wrong with one', async () => {
    chmodSync(join(folder, 'a.key'), 0o640)
    expect(await zvm('pubkey a.key')).toEqual({
      code: 10,
      stdout: '',
      stderr: 'zvm: a.key: mode 0640: others may read or write it; it holds a secret: chmod 600\n',
    })
    secret('bad.key', KEY_PAIR.replace('-----END', `${SEED}-----END`))
    const { code, stderr } = await zvm('sign data.bin --key bad.key')
    expect([code, stderr]).toEqual([10, expect.stringContaining('bad.key: not an Ed25519 private key')])
    expect(stderr).not.toContain(SEED.slice(0, 8))
  })
})

const PASSPHRASE = 'correct horse'

describe('an encrypted key', () => {
  it('is written and used by its passphrase, from a file or a descriptor', async () => {
    secret('phrase', `${PASSPHRASE}\n`)
    await done('keygen --from a.key --format keystore -o k.json --passphrase-file phrase')
    expect([modeOf('k.json'), read('k.json.pub').toString()]).toEqual(['600', `${PUBLIC}\n`])
    await done('sign data.bin --key k.json --passphrase-fd 0', PASSPHRASE)
    expect(read('data.bin.zsig').toString()).toBe(`${SIGNATURE}\n`)
    expect(await zvm('pubkey k.json --passphrase-fd 0', 'wrong')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'zvm: k.json: does not open: the passphrase is wrong, or the file was changed\n',
    })
  })

  it('is not used without a passphrase, nor by one that others may read', async () => {
    file('phrase', PASSPHRASE)
    chmodSync(join(folder, 'phrase'), 0o644)
    const wide = await zvm('keygen -o k --format keystore --passphrase-file phrase')
    expect([wide.code, wide.stderr]).toEqual([10, expect.stringContaining('phrase: mode 0644')])
    for (const [line, message] of [
      ['keygen -o k --format keystore', 'there is no terminal to ask'],
      ['keygen -o k --format keystore --passphrase-fd 0', 'descriptor 0: an empty passphrase'],
      ['keygen -o k --format keystore --passphrase-fd 77', 'descriptor 77: bad file descriptor'],
    ]) {
      const { code, stderr } = await zvm(line)
      expect([line, code === 0, stderr]).toEqual([line, false, expect.stringContaining(message)])
    }
    expect(readdirSync(folder)).not.toContain('k')
  })

  // `script` of util-linux gives a command a terminal of its own.
  const hasTerminal = process.platform === 'linux' && existsSync('/usr/bin/script')
  it.skipIf(!hasTerminal)('asks a terminal, which does not show what is typed', async () => {
    const { code, shown } = await onTerminal('keygen --from a.key -o k --format keystore', [
      ['New passphrase of k: ', 'correx\x7fct horsf\x7fe\r'],
      ['The same again: ', 'nonsense\x15correct horse\r'],
    ])
    expect([code, shown]).toEqual([0, expect.stringContaining(`${PUBLIC}\r\nk, k.pub written`)])
    expect(shown).not.toMatch(/corr|hors|nons/)
    expect(await done('pubkey k --passphrase-fd 0', PASSPHRASE)).toBe(`${PUBLIC}\n`)
    const differing = await onTerminal('keygen -o other --format keystore', [
      ['New passphrase of other: ', 'a\r'],
      ['The same again: ', 'b\r'],
    ])
    expect([differing.code, differing.shown]).toEqual([3, expect.stringContaining('two passphrases differ')])
    const interrupted = await onTerminal('pubkey k', [['Passphrase of k: ', 'corr\x03']])
    expect(interrupted.code).toBe(130)
    expect(interrupted.shown).not.toContain('corr')
  })
})

/** Runs a command with a terminal, and answers each question once it is asked. */
function onTerminal(
  line: string,
  answers: [string, string][],
): Promise<{ code: number | null; shown: string }> {
  return new Promise((resolve, reject) => {
    const command = `${process.execPath} ${join(process.cwd(), BIN)} ${line}`
    const child = spawn('/usr/bin/script', ['-qec', command, '/dev/null'], { cwd: folder })
    let shown = ''
    let seen = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
      const [question, answer] = answers[0] ?? []
      const at = question === undefined ? -1 : shown.indexOf(question, seen)
      if (at < 0) return
      seen = at + 1
      answers.shift()
      child.stdin.write(answer)
    })
    child.on('error', reject).on('close', (code) => resolve({ code, shown }))
  })
}

describe('sign and verify', () => {
  it('give the vector', async () => {
    expect(await done('sign data.bin --key a.key')).toBe(`data.bin.zsig written: by ${PUBLIC}\n`)
    expect(read('data.bin.zsig').toString()).toBe(`${SIGNATURE}\n`)
    expect(await done('verify data.bin.zsig --payload data.bin --pubkey a.pub')).toBe(`${VALID}\n`)
  })

  it.each(['raw', 'hex', 'base64', 'json'])('agree in %s', async (encoding) => {
    await done(`sign data.bin --key a.key --encoding ${encoding} -o s`)
    const json = JSON.parse(await done('verify s --payload data.bin --pubkey a.pub --json'))
    expect(json).toMatchObject({ valid: true, name: 'a.pub', publicKey: PUBLIC, encoding, context: '' })
    file('other.bin', 'x')
    const { code, stdout } = await zvm('verify s --payload other.bin --pubkey a.pub')
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^✗ Signature invalid: .*payload.*\n$/)])
  })

  it('bind to a context', async () => {
    await done('sign data.bin --key a.key --context deploy -o s')
    const verify = 'verify s --payload data.bin --pubkey a.pub'
    expect(await done(`${verify} --context deploy`)).toBe(`${VALID}, context deploy\n`)
    for (const more of ['', ' --context run'])
      expect(await zvm(verify + more)).toMatchObject({ code: 1, stdout: expect.stringContaining('✗') })
    await done('sign data.bin --key a.key --context deploy --encoding json --timestamp 5 -o m')
    expect(await done('verify m --payload data.bin --pubkey a.pub')).toBe(
      `${VALID}, context deploy, time 5\n`,
    )
    const wrong = await zvm('verify m --payload data.bin --pubkey a.pub --context run --json')
    expect(JSON.parse(wrong.stdout)).toEqual({ valid: false, reason: 'its context is "deploy", not "run"' })
  })

  it('take pipes and the inline form, in pieces or whole', async () => {
    await done('sign - --key a.key -o s', read('data.bin'))
    await done('verify s --payload - --pubkey a.pub', read('data.bin'))
    for (const more of ['', ' --context c']) {
      await done(`sign data.bin --key a.key --inline${more}`)
      expect(read('data.bin.signed').subarray(0, -64)).toEqual(read('data.bin'))
      await done(`verify data.bin.signed --inline --pubkey a.pub${more}`)
      await done(`verify - --inline --pubkey a.pub${more}`, read('data.bin.signed'))
      const changed = read('data.bin.signed')
      changed[3] ^= 1
      file('changed', changed)
      expect((await zvm(`verify changed --inline --pubkey a.pub${more}`)).code).toBe(1)
    }
    file('short', 'x')
    expect((await zvm('verify short --inline --pubkey a.pub')).stdout).toContain(
      '✗ Signature invalid: short:',
    )
  })

  it('call what is no signature invalid, and what cannot be read an error', async () => {
    const verify = (name: string) => zvm(`verify ${name} --payload data.bin --pubkey a.pub`)
    expect(await verify('data.bin')).toEqual({
      code: 1,
      stdout:
        '✗ Signature invalid: data.bin: not a signature: neither 64 bytes, as they are or in hex or base64, nor a SignedMessage\n',
      stderr: '',
    })
    expect(await verify('absent')).toMatchObject({ code: 11, stdout: '' })
    expect(await zvm('verify a.pub --payload data.bin --pubkey data.bin')).toMatchObject({ code: 10 })
  })

  it('give no verdict without a key, and none by a key that only the file names', async () => {
    await done('sign data.bin --key a.key --encoding json -o s')
    const without = await zvm('verify s --payload data.bin')
    expect([without.code, without.stdout, without.stderr]).toEqual([
      3,
      '',
      expect.stringMatching(/no key, no verdict: name one with --pubkey, or trust one with zvm trust add/),
    ])
    await done('keygen -o b.key')
    expect(await zvm('verify s --payload data.bin --pubkey b.pub')).toMatchObject({
      code: 1,
      stdout: `✗ Signature invalid: by another key, ${PUBLIC}\n`,
    })
  })

  it('refuse what makes no sense', async () => {
    linkSync(join(folder, 'data.bin'), join(folder, 'linked'))
    for (const [line, message] of [
      ['sign data.bin', '--key: name the file'],
      ['sign --key a.key', 'sign: name what'],
      ['sign data.bin --key a.key -o data.bin', 'data.bin would be written over'],
      ['sign data.bin --key a.key -o a.key', 'a.key would be written over'],
      ['sign data.bin --key a.key -o ./data.bin', './data.bin would be written over'],
      ['sign ./data.bin --key a.key -o linked', 'linked would be written over'],
      ['sign data.bin --key ./a.key -o a.key', 'a.key would be written over'],
      ['sign data.bin --key a.key --multi ./a.key', './a.key would be written over'],
      ['pubkey a.key -o a.key', 'a.key would be written over'],
      ['pubkey a.key -o ../' + basename(folder) + '/a.key', 'a.key would be written over'],
      ['sign - --key a.key', '--output: needed'],
      ['sign data.bin --key a.key --context a:b', '--context: has a colon'],
      ['sign data.bin --key a.key --inline --encoding hex', '--encoding: not with --inline'],
      ['sign data.bin --key a.key --timestamp 5', '--timestamp: only with'],
      ['verify s --pubkey a.pub', '--payload: name what must be signed'],
      ['verify s --payload data.bin --inline --pubkey a.pub', '--payload: not with --inline'],
    ]) {
      const { code, stderr } = await zvm(line)
      expect([line, code, stderr]).toEqual([line, 3, expect.stringContaining(message)])
    }
    expect(readdirSync(folder).sort()).toEqual(['a.key', 'a.pub', 'data.bin', 'linked'])
    expect(read('a.key').toString()).toBe(KEY_PAIR)
    expect(read('data.bin').toString()).toBe('Hello zsig v0.5.0\n')
  })
})

describe('trust', () => {
  it('makes verify know a key by its name, until it is removed', async () => {
    await done('sign data.bin --key a.key')
    expect(await done('trust add a.pub --name alice')).toBe(`trusted alice ${PUBLIC}\n`)
    expect(await done('verify data.bin.zsig --payload data.bin')).toBe(`✓ Signature valid: alice ${PUBLIC}\n`)
    expect(await done('verify data.bin.zsig --payload data.bin --pubkey a.pub')).toContain(': alice ')
    await done('keygen -o b.key')
    await done('trust add b.pub')
    await done('sign data.bin --key b.key -o b.zsig')
    expect(await done('verify b.zsig --payload data.bin')).toContain('✓ Signature valid: b ')
    expect((await done('trust list')).split('\n')[0]).toBe(`${PUBLIC} alice`)
    await done('trust remove alice')
    expect(await zvm('verify data.bin.zsig --payload data.bin')).toMatchObject({
      code: 1,
      stdout: '✗ Signature invalid: not one of this payload by the key\n',
    })
  })

  it('keeps a file of its own, comments included, and refuses what is there', async () => {
    file('keys', '# the office')
    await done('trust add a.pub --name alice --trusted keys')
    expect(read('keys').toString()).toBe(`# the office\n${PUBLIC} alice\n`)
    for (const [line, message] of [
      ['trust add a.pub --name bob --trusted keys', 'a.pub: the key is there as alice'],
      ['trust add a.pub --name \u202e --trusted other', 'a name has at most 64'],
      ['trust remove bob --trusted keys', 'no key of that name'],
      ['trust', 'name a command of trust'],
    ])
      expect(await zvm(line)).toMatchObject({ code: 3, stderr: expect.stringContaining(message) })
    await done('trust remove alice --trusted keys')
    expect(read('keys').toString()).toBe('# the office\n')
    await done('sign data.bin --key a.key')
    expect((await zvm('verify data.bin.zsig --payload data.bin --trusted keys')).code).toBe(3)
    chmodSync(join(folder, 'keys'), 0o666)
    const { code, stderr } = await zvm('verify data.bin.zsig --payload data.bin --trusted keys')
    expect([code, stderr]).toEqual([10, 'zvm: keys: mode 0666: anyone may write it: chmod o-w\n'])
  })
})

describe('a k-of-n file', () => {
  const TERMS =
    '--signer a.pub --signer b.pub --signer c.pub --threshold 2 --chainid 5 --nonce 7 --context council'
  const verify = `verify m --payload data.bin ${TERMS}`

  it('gathers signatures, and holds once there are enough, of its own terms', async () => {
    for (const name of ['b', 'c', 'd']) await done(`keygen -o ${name}.key`)
    expect(await done(`sign data.bin --key b.key --multi m ${TERMS}`)).toContain('1 of 3 where 2 must sign')
    expect(await zvm(verify)).toMatchObject({
      code: 1,
      stdout: '✗ Signature invalid: signed by 1, of whom there must be 2\n',
    })
    await done('sign data.bin --key a.key --multi m')
    const [a, b] = ['a', 'b'].map((name) => `${name} ${read(`${name}.pub`).toString().trim()}`)
    const by = a.slice(2) < b.slice(2) ? `${a}, ${b}` : `${b}, ${a}`
    expect(await done(verify)).toBe(
      `✓ Signature valid: 2 of 3 where 2 must sign, ${by}, context council, chain 5, nonce 7\n`,
    )
    expect(JSON.parse(await done(`${verify} --json`))).toMatchObject({
      ...{ valid: true, threshold: 2, of: 3, chainId: 5, nonce: 7, context: 'council' },
      by: by.split(', ').map((one) => ({ name: one[0], publicKey: one.slice(2) })),
    })
    for (const [change, reason] of [
      [['--chainid 5', '--chainid 6'], 'of chain 5, not 6'],
      [['--nonce 7', '--nonce 8'], 'of nonce 7, not 8'],
      [['council', 'board'], 'of context "council", not "board"'],
      [['--threshold 2', '--threshold 1'], 'of threshold 2, not 1'],
      [['c.pub', 'd.pub'], 'is none of the signers'],
      [['data.bin', 'a.pub'], 'of another payload'],
    ] as const) {
      const { code, stdout } = await zvm(verify.replace(change[0], change[1]))
      expect([change, code, stdout]).toEqual([change, 1, expect.stringContaining(reason)])
    }
    file('code.hex', '602a5f5260205ff3')
    await done(`sign code.hex --key a.key --multi r ${TERMS}`)
    const run = `run code.hex --require-signature r ${TERMS}`
    expect(await zvm(run)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'zvm: ✗ Signature invalid: r for code.hex: signed by 1, of whom there must be 2; nothing was run\n',
    })
    await done('sign code.hex --key c.key --multi r')
    expect(await done(run)).toBe(`0x${'2a'.padStart(64, '0')}\n`)
    const before = read('m')
    for (const [line, code, message] of [
      ['sign data.bin --key a.key --multi m', 3, 'has signed it'],
      ['sign data.bin --key d.key --multi m', 3, 'is none of its signers'],
      ['sign a.pub --key c.key --multi m', 3, 'm: is of another payload'],
      [`sign data.bin --key c.key --multi m ${TERMS.replace('7', '8')}`, 3, 'm: of nonce 7, not 8'],
      ['sign data.bin --key c.key --multi m --context other', 3, '--signer: a k-of-n file needs it'],
      ['sign data.bin --key c.key --multi n', 3, '--signer: a k-of-n file needs it'],
      ['sign data.bin --key c.key --multi m --encoding hex', 3, '--encoding: not with --multi'],
      ['sign data.bin --key c.key --nonce 5', 3, '--multi: name the k-of-n file'],
      ['sign data.bin --key c.key --chainid 5', 3, '--chainid: only of a k-of-n file'],
      ['verify m --payload data.bin --pubkey a.pub', 3, 'm: a k-of-n file: give --signer'],
      ['verify m --payload data.bin --nonce 7', 3, '--signer: a k-of-n file needs it'],
      [`${verify} --pubkey a.pub`, 3, '--pubkey: not with the terms'],
    ] as const) {
      const ended = await zvm(line)
      expect([line, ended.code, ended.stderr]).toEqual([line, code, expect.stringContaining(message)])
    }
    expect(read('m').equals(before)).toBe(true)
    expect(readdirSync(folder)).not.toContain('n')
  })
})
