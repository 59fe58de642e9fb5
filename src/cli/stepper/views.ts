import { disassemble, type Instruction, instructionText } from '../../core/disassembler.ts'
import type { Frame } from '../../core/frame.ts'
import { bytesToBareHex, bytesToHex, toFixedHex, toQuantity } from '../../core/hex.ts'
import { CallKind } from '../../core/message.ts'
import type { Program } from '../../core/program.ts'
import type { Table } from '../../core/table.ts'
import { isSameRecord } from '../../state/source.ts'
import type { State } from '../../state/state.ts'
import { type TransientSlot, transientSlots } from '../../state/transient-slots.ts'
import type { Debugger } from '../../trace/debugger.ts'
import type { SourceMap } from '../../trace/source-map.ts'
import { plain } from '../plain.ts'
import type { Names } from './names.ts'

// What is shown of a machine, as lines of plain text. Each view gives all its lines, but for code and memory, which may
// be long: of these as many as are asked for.

/** Code as it is listed. */
export interface Listing {
  readonly instructions: readonly Instruction[]
  /** Index of the instruction at a position. */
  readonly at: ReadonlyMap<number, number>
}

const listings = new WeakMap<Program, Listing>()

export function listingOf(program: Program, table: Table): Listing {
  const known = listings.get(program)
  if (known) return known
  const instructions = disassemble(program.code, table)
  const listing = { instructions, at: new Map(instructions.map(({ pc }, i) => [pc, i])) }
  listings.set(program, listing)
  return listing
}

/** A line of code: whether it is the one that is next, and its text. */
export interface CodeLine {
  readonly isNext: boolean
  readonly text: string
}

/** `height` instructions about one, which is the next one where `centre` is null. */
export function codeLines(
  debug: Debugger,
  height: number,
  centre: number | null,
  isStop: (pc: number) => boolean,
): CodeLine[] {
  const { frame } = debug
  if (frame === null) return []
  const { table } = debug.driver
  const { instructions, at } = listingOf(frame.program, table)
  const next = at.get(frame.pc) ?? instructions.length
  const first = Math.max(
    0,
    Math.min((centre ?? next) - Math.floor(height / 3), instructions.length + 1 - height),
  )
  const lines = instructions.slice(first, first + height).map((instruction): CodeLine => {
    const { pc, opcode } = instruction
    const isNext = pc === frame.pc
    const mark = `${isNext ? '>' : ' '}${isStop(pc) ? '*' : ' '}`
    const gas = String(table.opcodes[opcode].gas)
    const text = `${mark}${hex(pc)} ${instructionText(instruction)}`
    return { isNext, text: `${text.padEnd(Math.max(26, text.length + 1))}${gas.padStart(6)}` }
  })
  if (first + height > instructions.length && lines.length < height) {
    const isNext = next === instructions.length
    lines.push({ isNext, text: `${isNext ? '> ' : '  '}${hex(frame.program.sizeBytes)} (end of the code)` })
  }
  return lines
}

function hex(pc: number): string {
  return pc.toString(16).padStart(4, '0')
}

/** Operands, the top first, each with what it is called. */
export function stackLines(debug: Debugger, names: Names): string[] {
  const { frame } = debug
  if (frame === null) return []
  const words = frame.stack.slice(0, frame.sp).reverse()
  const lines = words.map((word, i) =>
    named(`${String(i).padStart(3)} ${toQuantity(word)}`, names.word(debug, word)),
  )
  for (const [i, word] of frame.registers.entries())
    if (word !== undefined) lines.push(named(` r${i} ${toQuantity(word)}`, names.word(debug, word)))
  return lines
}

function named(text: string, name: string): string {
  return name === '' ? text : `${text}  ${name}`
}

const ROW_BYTES = 16

/** Rows of 16 bytes from an offset on. */
export function memoryLines({ frame }: Debugger, from: number, height: number): string[] {
  if (frame === null) return []
  const start = Math.floor(from / ROW_BYTES) * ROW_BYTES
  const end = Math.min(frame.memorySize, start + height * ROW_BYTES)
  const lines: string[] = []
  for (let at = start; at < end; at += ROW_BYTES) {
    const bytes = frame.viewMemory(BigInt(at), BigInt(Math.min(ROW_BYTES, end - at)))
    const digits = bytesToBareHex(bytes).replace(/(.{8})(?=.)/g, '$1 ')
    const ascii = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    lines.push(`${hex(at)} ${digits.padEnd(35)} ${ascii.join('')}`)
  }
  return lines
}

/** A slot or a balance that is not what it was when the message began. */
export interface Change {
  readonly address: bigint
  /** A slot, or what else of the account. */
  readonly key: bigint | 'balance' | 'nonce' | 'code'
  readonly before: bigint
  /** Of code its size. */
  readonly after: bigint
}

/** What the message has changed by now, accounts in the order they were met. */
export function changesOf(state: State): Change[] {
  return [...state.changes()].flatMap(({ address, account, slots, code }) => {
    const before = state.source.account(address) ?? null
    const changes: Change[] = []
    const { balance = 0n, nonce = 0n } = account ?? {}
    if (!isSameRecord(before, account)) {
      if (balance !== (before?.balance ?? 0n))
        changes.push({ address, key: 'balance', before: before?.balance ?? 0n, after: balance })
      if (nonce !== (before?.nonce ?? 0n))
        changes.push({ address, key: 'nonce', before: before?.nonce ?? 0n, after: nonce })
    }
    if (code) changes.push({ address, key: 'code', before: 0n, after: BigInt(code.length) })
    for (const [key, after] of slots)
      changes.push({ address, key, before: state.source.storage(address, key) ?? 0n, after })
    return changes
  })
}

/** What has changed, by account; and, until the message has ended, what stands in transient storage. */
export function storageLines(debug: Debugger, names: Names): string[] {
  const changes = changesOf(debug.state).map(({ address, key, before, after }) => {
    const what = typeof key === 'bigint' ? `[${toQuantity(key)}]` : key
    const name = typeof key === 'bigint' ? names.slot(key) : ''
    const values = key === 'code' ? `${after} bytes` : `${toQuantity(before)} -> ${toQuantity(after)}`
    return { address, line: named(` ${what} ${values}`, name) }
  })
  const transients = transientsOf(debug).map(({ address, key, value }) => ({
    address,
    line: ` transient [${toQuantity(key)}] ${toQuantity(value)}`,
  }))
  const byAccount = new Map<bigint, string[]>()
  for (const { address, line } of [...changes, ...transients]) {
    const lines = byAccount.get(address)
    if (lines) lines.push(line)
    else byAccount.set(address, [line])
  }
  return [...byAccount].flatMap(([address, lines]) => [names.address(address), ...lines])
}

/** Transient storage; none once the message has ended, and the transaction with it. */
export function transientsOf(debug: Debugger): TransientSlot[] {
  return debug.hasEnded ? [] : transientSlots(debug.state)
}

const KINDS: readonly string[] = Object.keys(CallKind).map((kind) => kind.toUpperCase())

/** The frames that are open, the innermost first. */
export function callLines(debug: Debugger, names: Names): string[] {
  return [...debug.driver.frames].reverse().map((frame) => {
    const { depth, message, pc, gas } = frame
    const what = message.kind >= CallKind.Create ? '' : ` ${names.call(frame.input)}`
    return `${depth + 1} ${KINDS[message.kind]} ${names.address(frame.self)}${what} pc ${hex(pc)} gas ${gas}`
  })
}

export async function logLines(debug: Debugger, names: Names): Promise<string[]> {
  const lines: string[] = []
  for (const [i, log] of debug.state.logs.entries()) {
    const raw = [...log.topics.map((topic) => toQuantity(topic)), bytesToHex(log.data)].join(' ')
    lines.push(`${i} ${toFixedHex(log.address, 20)} ${(await names.log(log)) ?? raw}`)
  }
  return lines
}

/** The lines of source about the one that is next; none where nobody knows it. */
export function sourceLines({ frame }: Debugger, map: SourceMap | null, height: number): CodeLine[] {
  if (frame === null || map === null || frame.program.sizeBytes !== map.codeSizeBytes) return []
  const place = map.at(frame.pc)
  if (place === null) return []
  const lines = (place.file.text ?? '').split('\n')
  const first = Math.max(0, Math.min(place.line - 1 - Math.floor(height / 3), lines.length - height))
  return lines.slice(first, first + height).map((line, i) => {
    const number = first + i + 1
    const isNext = number === place.line
    const shown = plain(line.replace(/\t/g, '  ').replace(/\r$/, ''))
    return { isNext, text: `${isNext ? '>' : ' '}${String(number).padStart(4)} ${shown}` }
  })
}

/** Where in the source the next instruction is from: `Vault.sol:12`; empty where nobody knows. */
export function sourceName({ frame }: Debugger, map: SourceMap | null): string {
  const isOf = frame !== null && map !== null && frame.program.sizeBytes === map.codeSizeBytes
  const place = isOf ? map.at(frame.pc) : null
  return place === null ? '' : `${plain(place.file.name)}:${place.line}`
}

/** The mnemonic that is next. */
export function nextName(debug: Debugger, frame: Frame): string {
  return debug.driver.table.opcodes[frame.program.bytes[frame.pc]].name
}
