import { cut } from '../plain.ts'
import { bold, inverse } from '../terminal.ts'
import type { Stepper } from './stepper.ts'
import {
  callLines,
  codeLines,
  logLines,
  memoryLines,
  sourceLines,
  sourceName,
  stackLines,
  storageLines,
} from './views.ts'

/** What of the machine is looked at. */
export interface Look {
  /** Index of the instruction in the middle; null for the next one. */
  codeAt: number | null
  stackFrom: number
  memoryFrom: number
  /** Which of PANES the pane at the bottom right shows, and from which line. */
  pane: number
  paneFrom: number
  /** The source in the place of memory. */
  isSource: boolean
}

export const PANES = ['storage', 'calls', 'logs'] as const

/** The smallest screen that is drawn. */
const LEAST = { width: 40, height: 12 }

/**
 * The screen, at most `height` lines of at most `width` characters each: code and operands above, memory or source and one of the
 * panes below, `footer` at the bottom.
 */
export async function screenOf(
  stepper: Stepper,
  look: Look,
  width: number,
  height: number,
  footer: string,
): Promise<string[]> {
  if (width < LEAST.width || height < LEAST.height)
    return [cut(`at least ${LEAST.width}x${LEAST.height}`, width)]
  const { debug, names, sourceMap } = stepper
  await names.prepare(debug)
  // Title, calls, two headings and the footer.
  const rows = height - 5
  const above = Math.ceil(rows * 0.55)
  const below = rows - above
  const left = Math.floor(width * 0.55)
  const right = width - left - 2

  const code = codeLines(debug, above, look.codeAt, (pc) => stepper.isStop(pc)).map(({ isNext, text }) => {
    const line = fit(text, left)
    return isNext ? inverse(line.padEnd(left)) : line.padEnd(left)
  })
  const stack = stackLines(debug, names)
  const source = look.isSource
    ? sourceLines(debug, sourceMap, below).map(({ isNext, text }) => {
        const line = cut(text, left)
        return isNext ? inverse(line.padEnd(left)) : line.padEnd(left)
      })
    : []
  const isSource = source.length > 0
  const memory = isSource
    ? source
    : memoryLines(debug, look.memoryFrom, below).map((line) => line.slice(0, left))
  const panes = {
    storage: storageLines(debug, names),
    calls: callLines(debug, names),
    logs: await logLines(debug, names),
  }
  const pane = panes[PANES[look.pane]]
  const tabs = PANES.map((name, i) => {
    const text = `${name} ${panes[name].length}`
    return i === look.pane ? `[${text}]` : ` ${text} `
  })
  const memorySize = debug.frame?.memorySize ?? 0
  return [
    inverse(titleOf(stepper, width).padEnd(width)),
    cut(crumbsOf(stepper), width),
    heading(['code', `stack ${stack.length}`], left, right),
    ...beside(code, stack.slice(look.stackFrom), above, left, right),
    heading([isSource ? sourceName(debug, sourceMap) : `memory ${memorySize}`, tabs.join('')], left, right),
    ...beside(memory, pane.slice(look.paneFrom), below, left, right),
    cut(footer, width),
  ]
}

function titleOf({ debug, title }: Stepper, width: number): string {
  const { frame, length, position } = debug
  const where = `${position}/${length ?? `${position}+`}`
  const gas = frame === null ? `ended, gas used ${debug.gasUsed}` : `gas ${frame.gas} used ${debug.gasUsed}`
  const right = ` ${debug.driver.table.name}  step ${where}  ${gas} `
  const room = width - right.length
  return cut(room > 8 ? `${cut(` ${title}`, room).padEnd(room)}${right}` : right, width)
}

/** The open calls, outermost first, in a line. */
function crumbsOf({ debug, names }: Stepper): string {
  const { frames } = debug.driver
  if (frames.length === 0) return ''
  const shown = frames
    .slice(-4)
    .map((frame) => `${short(names.address(frame.self))} ${names.call(frame.input)}`.trim())
  return `${frames.length > 4 ? '... > ' : ''}${shown.join(' > ')}`
}

function heading([a, b]: readonly [string, string], left: number, right: number): string {
  return `${bold(cut(`-- ${a} `, left).padEnd(left, '-'))}--${bold(cut(` ${b} `, right).padEnd(right, '-'))}`
}

/** Two columns of lines, of which the left ones may hold what is no character. */
function beside(
  a: readonly string[],
  b: readonly string[],
  height: number,
  left: number,
  right: number,
): string[] {
  return Array.from({ length: height }, (_, i) => {
    const line = a[i] ?? ''
    return `${line.padEnd(left)} |${b[i] === undefined ? '' : fit(b[i], right)}`
  })
}

/** A line that is too long has its long hex abbreviated, and is cut if it is too long even then. */
function fit(line: string, width: number): string {
  return cut(line.length <= width ? line : short(line), width)
}

function short(line: string): string {
  return line.replace(/0x([0-9a-f]{4})[0-9a-f]{7,}([0-9a-f]{4})/g, '0x$1..$2')
}
