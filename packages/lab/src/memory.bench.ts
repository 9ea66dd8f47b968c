/** Bytes per page of a large guest, by side: the budgets of the design. */
import { Columns, GIB, pagesIn } from '@hintlab/kit'
import { Measure } from '@hintlab/sim'
import { COMPARED } from './interfaces.ts'
import { buildMachine } from './machine.ts'
import { costsOf, parseRunOptions } from './options.ts'

export interface MemoryBench {
  readonly guestBytesPerPage: number
  readonly hostBytesPerPage: number
  readonly ghostBytesPerPage: number
  readonly buildSeconds: number
}

const HOST_LABELS = ['host frames', 'host mm', 'ept', 'memslots', 'notifier', 'tlb']
const GHOST_LABELS = ['ghost']

/** Builds an aged guest of `gib` GiB whose host backs `hugeShare` of it with huge pages: every page was touched. */
export function benchMemory(now: () => number, gib: number, hugeShare: number): MemoryBench {
  const run = parseRunOptions({ guest: { memory: gib * GIB }, aged: { huge: hugeShare } })
  const row = COMPARED.find(({ name }) => name === 'reporting, virtqueue, sleeps')!
  const begin = now()
  const engine = new Measure(new Columns(), costsOf(run), run.seed)
  buildMachine(engine, { run, interface: row.interface }, () => '')
  const end = now()
  const pages = pagesIn(run.guest.memory)
  let [guest, host, ghost] = [0, 0, 0]
  for (const [label, bytes] of engine.cols.bytesByLabel()) {
    if (HOST_LABELS.includes(label)) host += bytes
    else if (GHOST_LABELS.includes(label)) ghost += bytes
    else guest += bytes
  }
  return {
    guestBytesPerPage: guest / pages,
    hostBytesPerPage: host / pages,
    ghostBytesPerPage: ghost / pages,
    buildSeconds: (end - begin) / 1e9,
  }
}
