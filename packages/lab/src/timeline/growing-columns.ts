/**
 * Rows of numbers whose count is not known before: a Float64Array per name, doubled when it is full.
 *
 *     from  | 0 | 120 | 340 | . |
 *     to    | 90| 200 | 350 | . |      length 3, capacity 4
 */
import { assert } from '@hintlab/kit'

export type Rows<Name extends string> = Readonly<Record<Name, Float64Array>>

const FIRST_CAPACITY = 1024

export class GrowingColumns<Name extends string> {
  length = 0
  readonly names: readonly Name[]
  private columns: Record<Name, Float64Array>

  constructor(names: readonly Name[]) {
    this.names = names
    this.columns = columnsOf(names, () => new Float64Array(FIRST_CAPACITY))
  }

  /** Adds a row, its values in the order of the names; returns its number. */
  push(...values: readonly number[]): number {
    assert(values.length === this.names.length, 'a row has a value for each column')
    if (this.length === this.columns[this.names[0]].length) this.grow()
    this.names.forEach((name, i) => (this.columns[name][this.length] = values[i]))
    return this.length++
  }

  get(name: Name, row: number): number {
    return this.columns[name][row]
  }

  set(name: Name, row: number, value: number): void {
    this.columns[name][row] = value
  }

  /** The rows so far. */
  result(): Rows<Name> {
    return columnsOf(this.names, (name) => this.columns[name].slice(0, this.length))
  }

  private grow(): void {
    this.columns = columnsOf(this.names, (name) => {
      const larger = new Float64Array(2 * this.length)
      larger.set(this.columns[name])
      return larger
    })
  }
}

function columnsOf<Name extends string>(names: readonly Name[], make: (name: Name) => Float64Array): Record<Name, Float64Array> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Float64Array>
}
