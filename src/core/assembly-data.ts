import { type Cursor, quoted, refuse, type Token } from './assembly-text.ts'
import { concatBytes } from './bytes.ts'
import { hexToBytes } from './hex.ts'

const HEX_BYTES = /^0x(?:[0-9a-fA-F]{2})*$/
const ESCAPE = /\\(x[0-9a-fA-F]{2}|.)/gs
const ESCAPED: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '0': '\0',
  '\\': '\\',
  '"': '"',
}

/** The bytes that follow on the line: every number in hex and every string. Throws VALUE where there is none. */
export function readData(cursor: Cursor, directive: Token): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let token = cursor.peek(); token && isData(token); token = cursor.peek()) {
    pieces.push(token.kind === 'string' ? stringBytes(token) : hexBytes(token))
    cursor.take()
  }
  if (pieces.length === 0)
    refuse(cursor.peek() ?? directive, `${directive.text} needs bytes as 0x hex, or a string`)
  return concatBytes(...pieces)
}

/** The text of a string token. Throws VALUE on an escape that is none, and on `\xHH`, which is for bytes. */
export function readString(token: Token): string {
  return piecesOf(token)
    .map((piece) => (typeof piece === 'string' ? piece : refuse(token, '\\x is for data alone')))
    .join('')
}

function isData({ kind, text }: Token): boolean {
  return kind === 'string' || (kind === 'number' && text.startsWith('0x'))
}

function hexBytes(token: Token): Uint8Array {
  if (!HEX_BYTES.test(token.text)) refuse(token, `${quoted(token)} is not whole bytes of hex`)
  return hexToBytes(token.text, token.line.place)
}

function stringBytes(token: Token): Uint8Array {
  const encoder = new TextEncoder()
  return Uint8Array.from(
    piecesOf(token).flatMap((piece) => (typeof piece === 'string' ? [...encoder.encode(piece)] : [piece])),
  )
}

/** A string's stretches of text, and the bytes that it names by number. */
function piecesOf(token: Token): (string | number)[] {
  const text = token.text.slice(1, -1)
  const pieces: (string | number)[] = []
  let from = 0
  for (const match of text.matchAll(ESCAPE)) {
    const [whole, sign] = match
    pieces.push(text.slice(from, match.index))
    if (sign.length > 1) pieces.push(Number.parseInt(sign.slice(1), 16))
    else if (Object.hasOwn(ESCAPED, sign)) pieces.push(ESCAPED[sign])
    else refuse({ ...token, at: token.at + 1 + match.index }, `${quoted({ text: whole })} is no escape`)
    from = match.index + whole.length
  }
  pieces.push(text.slice(from))
  return pieces
}
