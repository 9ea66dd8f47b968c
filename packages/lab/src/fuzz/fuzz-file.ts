/**
 * A file of cases, as text: which side they are for, then one case a line in hexadecimal, run one after another in one world. `#` begins a comment.
 *
 *     hintlab fuzz device
 *     # the ring of the statistics queue breaks, and the driver was not told
 *     0100a2acc44e
 */
import { InputError } from '../options.ts'
import { DeviceFuzz } from './device-fuzz.ts'
import { DriverFuzz } from './driver-fuzz.ts'
import type { FuzzTarget } from './fuzz-target.ts'

export const FUZZ_SIDES = ['device', 'driver'] as const
/** The side that is tested; the other one is hostile. */
export type FuzzSide = (typeof FUZZ_SIDES)[number]

export interface FuzzFile {
  readonly side: FuzzSide
  readonly series: readonly Uint8Array[]
}

const HEAD = 'hintlab fuzz '

export const makeFuzzTarget = (side: FuzzSide): FuzzTarget => (side === 'device' ? new DeviceFuzz() : new DriverFuzz())

/** `name` is for messages. */
export function parseFuzzFile(name: string, text: string): FuzzFile {
  const [head = '', ...lines] = text.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '')
  const side = FUZZ_SIDES.find((one) => head === HEAD + one)
  if (side === undefined) throw new InputError(`${name}: found ${head || 'nothing'}; the first line of a file of cases is: ${HEAD}device | ${HEAD}driver`)
  return { side, series: lines.map((line) => bytesOf(name, line)) }
}

export function renderFuzzFile({ side, series }: FuzzFile, comment: string): string {
  const said = comment.split('\n').map((line) => `# ${line}`)
  return [HEAD + side, ...said, ...series.map(hexOf), ''].join('\n')
}

export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

function bytesOf(name: string, line: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})+$/.test(line)) throw new InputError(`${name}: found ${line}; a case is a line of hexadecimal digits, two for each byte`)
  return Uint8Array.from(line.match(/../g)!, (pair) => Number.parseInt(pair, 16))
}
