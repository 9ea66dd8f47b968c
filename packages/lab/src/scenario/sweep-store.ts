/**
 * Results of sweeps in a file, a line of JSON each, so that a sweep that was stopped goes on where it was.
 *
 *     {"key":"0.1.0/4e900a5c463c/e5a2e8cf/1","row":{...}}\n      key: version, scenario, costs, seed
 *
 *   J1 a line is appended with one write when its run is done: a crash leaves whole lines and at most one torn one, which is dropped
 *   J2 when the sweep is complete its rows stand in the order of the sweep, after those of other sweeps: the same file whatever the number of workers
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '../options.ts'
import type { SweepRow } from './sweep.ts'

interface Line {
  readonly key: string
  readonly row: SweepRow
}

export class SweepStore {
  readonly path: string
  private readonly rows = new Map<string, SweepRow>()

  /** Opens or creates the file; drops a torn last line. Throws InputError when it holds something else. */
  constructor(path: string) {
    this.path = path
    try {
      mkdirSync(dirname(path), { recursive: true })
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      const lines = this.load(text)
      if (lines !== text) this.replace(lines)
      else if (text === '') writeFileSync(path, '')
    } catch (error) {
      if (error instanceof InputError) throw error
      throw new InputError(`${path}: found ${(error as Error).message}; accepted is a file that can be written`)
    }
  }

  find(key: string): SweepRow | undefined {
    return this.rows.get(key)
  }

  get size(): number {
    return this.rows.size
  }

  append(key: string, row: SweepRow): void {
    this.rows.set(key, row)
    appendFileSync(this.path, lineOf({ key, row }))
  }

  /** J2. */
  finish(lines: readonly Line[]): void {
    for (const { key } of lines) this.rows.delete(key)
    for (const { key, row } of lines) this.rows.set(key, row)
    this.replace([...this.rows].map(([key, row]) => lineOf({ key, row })).join(''))
  }

  /** Reads all whole lines; returns their text. */
  private load(text: string): string {
    const lines = text.split('\n')
    // What follows the last line feed is empty or torn.
    lines.pop()
    lines.forEach((line, i) => {
      const found = parseLine(line)
      if (found !== null) this.rows.set(found.key, found.row)
      else throw new InputError(`${this.path}:${i + 1}: found no result of a sweep; accepted is a file that hintlab sweep --out has written`)
    })
    return lines.map((line) => `${line}\n`).join('')
  }

  private replace(text: string): void {
    writeFileSync(`${this.path}.new`, text)
    renameSync(`${this.path}.new`, this.path)
  }
}

const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`

/** A line of a store, or null for any other text. */
export function parseLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Partial<Line> | null
    const whole = typeof line?.key === 'string' && typeof line.row === 'object' && typeof (line.row as Partial<SweepRow> | null)?.metrics === 'object'
    return whole ? (line as Line) : null
  } catch {
    return null
  }
}
