import { concatBytes } from '../../core/bytes.ts'
import type { Answer } from '../../core/capability.ts'
import { nativePrimitivesOf } from '../../core/capability.ts'
import type { Frame } from '../../core/frame.ts'
import { Halt } from '../../core/halt.ts'
import { toFixedHex } from '../../core/hex.ts'
import { bigintToBytes } from '../../core/word.ts'
import type { Reply } from '../answers.ts'
import { isPathWithin } from '../grants.ts'
import { ANSWER_LIMIT_BYTES, done, REFUSED, type Session } from '../session.ts'
import { type BuiltinCall, linear, parts, textOf } from './call.ts'

const OUTPUT_WORD_GAS = 3
const RANDOM_LIMIT_BYTES = 1024

/** A call whose answer is recorded. `ask` is made only when somebody really is asked. */
function recorded(
  call: Omit<BuiltinCall, 'run'>,
  ask: (input: Uint8Array, frame: Frame, session: Session) => Reply,
): BuiltinCall {
  return {
    ...call,
    run(input, frame, session) {
      const answer = session.outside(call, input, frame, () => ask(input, frame, session))
      return chargeOutput(answer, frame)
    },
  }
}

/** The input does not tell how long the answer is: its words are charged when it has come. */
function chargeOutput(answer: Answer | Halt, frame: Frame): Answer | Halt {
  if (typeof answer === 'number') return answer
  const price = OUTPUT_WORD_GAS * Math.ceil(answer.output.length / 32)
  return frame.charge(price) ? answer : Halt.OutOfGas
}

const CLOCK = recorded(
  {
    ...{ id: 0x20, name: 'clock.now', capability: 'clock', kind: 'reads', ...linear(100, 0) },
    payload: '→ milliseconds8 since 1970',
  },
  (input, _frame, { services }) =>
    input.length > 0 ? REFUSED : done(bigintToBytes(BigInt(services.clock!()), 8)),
)

const RANDOM = recorded(
  {
    ...{ id: 0x21, name: 'random.bytes', capability: 'random', kind: 'reads', ...linear(200, 0) },
    payload: `size2 → bytes, at most ${RANDOM_LIMIT_BYTES}`,
  },
  (input, _frame, { services }) => {
    const size = input.length === 2 ? (input[0] << 8) | input[1] : Number.POSITIVE_INFINITY
    return size > RANDOM_LIMIT_BYTES ? REFUSED : done(services.random!(size))
  },
)

const SIGN_KEY = recorded(
  {
    ...{ id: 0x28, name: 'sign.key', capability: 'sign', kind: 'reads', ...linear(100, 0) },
    payload: '→ key32',
  },
  (input, _frame, { services }) => (input.length > 0 ? REFUSED : done(services.signer!.publicKey.slice())),
)

/**
 * As zsig signs with the context `zvm-0x…`, the address of the contract: what a contract has signed is never taken for
 * a script, a transaction or another contract's word.
 */
const SIGN = recorded(
  {
    ...{ id: 0x29, name: 'sign.ed25519', capability: 'sign', kind: 'reads', ...linear(2000, 8) },
    payload: 'message → signature64',
  },
  (input, frame, { services }) => {
    const prefix = new TextEncoder().encode(`ZSIG_V0.5.0:zvm-${toFixedHex(frame.self, 20)}:`)
    return done(services.signer!.sign(nativePrimitivesOf(frame).blake3(concatBytes(prefix, input))))
  },
)

const FILE_READ = recorded(
  {
    ...{ id: 0x30, name: 'fs.read', capability: 'fs.read', kind: 'reads', ...linear(5000, 8) },
    payload: 'path → bytes',
  },
  (input, _frame, { grants, services }) => {
    const path = textOf(input) ?? ''
    if (!isPathWithin(path)) return outOfFolder('fs.read', path)
    const bytes = services.files!.read(grants.folder('fs.read'), path, ANSWER_LIMIT_BYTES)
    if (bytes === 'escape') return outOfFolder('fs.read', path)
    return bytes ? done(bytes) : REFUSED
  },
)

const FILE_WRITE_CALL = {
  ...{ id: 0x31, name: 'fs.write', capability: 'fs.write', kind: 'writes' as const, ...linear(20000, 16) },
  payload: 'size2 ‖ path ‖ bytes',
}

/** Notes the file; it is written when the run has succeeded. */
const FILE_WRITE: BuiltinCall = {
  ...FILE_WRITE_CALL,
  run(input, frame, session) {
    const size = input.length < 2 ? Number.POSITIVE_INFINITY : (input[0] << 8) | input[1]
    const fields = parts(input, [2, size], true)
    const path = fields && textOf(fields[1])
    const folder = session.grants.folder('fs.write')
    const answer = session.outside(FILE_WRITE_CALL, input, frame, () => {
      if (!path) return REFUSED
      const verdict = isPathWithin(path) ? session.services.files!.check(folder, path) : 'escape'
      if (verdict === 'escape') return outOfFolder('fs.write', path)
      return verdict === null ? REFUSED : done()
    })
    if (typeof answer !== 'number' && answer.status === 1n && fields && path)
      session.addFile(frame, { folder, path, content: fields[2].slice() })
    return answer
  },
}

function outOfFolder(capability: string, path: string): Reply {
  return { denied: `${capability}=${path.slice(0, 200)}` }
}

const HTTP_GET = recorded(
  {
    ...{ id: 0x38, name: 'http.get', capability: 'http', kind: 'reads', ...linear(10000, 8) },
    payload: 'URL → status2 ‖ body',
  },
  (input, _frame, { grants, services }) => {
    const url = urlOf(textOf(input) ?? '')
    if (!url) return REFUSED
    const port = url.port || (url.protocol === 'https:' ? '443' : '80')
    const isGranted = [url.host, `${url.hostname}:${port}`].some((host) => grants.covers('http', host))
    if (!isGranted) return { denied: `http=${url.host}` }
    const answer = services.http!(url.href, ANSWER_LIMIT_BYTES - 2)
    if (!answer) return REFUSED
    return done(concatBytes(bigintToBytes(BigInt(answer.status), 2), answer.body))
  },
)

/** An address without user and password, which would be secrets in a contract. */
function urlOf(text: string): URL | null {
  try {
    const url = new URL(text)
    const isPlain = url.username === '' && url.password === '' && url.host !== ''
    return isPlain && ['http:', 'https:'].includes(url.protocol) ? url : null
  } catch {
    return null
  }
}

/** Calls that leave the machine; every answer is recorded. */
export const OUTSIDE_CALLS: readonly BuiltinCall[] = [
  CLOCK,
  RANDOM,
  SIGN_KEY,
  SIGN,
  FILE_READ,
  FILE_WRITE,
  HTTP_GET,
]
