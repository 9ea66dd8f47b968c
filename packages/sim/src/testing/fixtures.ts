import { Columns } from '@hintlab/kit'
import { makeCosts } from '../cost-table.ts'
import type { CostName } from '../cost-table.ts'
import { Measure } from '../measure.ts'

/** A measuring engine with every option defaulted. */
export function makeMeasure(options: { seed?: number; costs?: Partial<Record<CostName, number>> } = {}): Measure {
  return new Measure(new Columns(), makeCosts(options.costs), options.seed ?? 1)
}
