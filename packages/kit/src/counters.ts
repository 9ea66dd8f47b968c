/**
 * Named counters of one component, in a column of its own. They belong to the instance, never to a module, so that two machines in one process do not mix.
 */
import type { Columns } from './columns.ts'
import type { Footprint } from './footprint.ts'

export class Counters<Name extends string> {
  private readonly values: Float64Array
  private readonly index: Readonly<Record<Name, number>>
  private readonly footprint: Footprint
  private readonly object: number

  /** `object` is the shared object that the counters belong to; its changes are declared here. */
  constructor(cols: Columns, label: string, object: number, names: readonly Name[]) {
    this.values = cols.f64(label, names.length, object)
    this.index = Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>
    this.footprint = cols.footprint
    this.object = object
  }

  get(name: Name): number {
    return this.values[this.index[name]]
  }

  add(name: Name, n = 1): void {
    this.footprint.write(this.object)
    this.values[this.index[name]] += n
  }
}
