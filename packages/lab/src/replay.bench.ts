/** A whole run from the file on: parsing, ageing, replay and settling with the ghost on, one configuration, one process. */
import { assert } from '@hintlab/kit'
import { COMPARED } from './interfaces.ts'
import { parseRunOptions } from './options.ts'
import { planReplay } from './replay-plan.ts'
import { runReplay } from './run.ts'
import { readTrace } from './trace/read-trace.ts'

export interface ReplayBench {
  readonly events: number
  readonly parseSeconds: number
  readonly totalSeconds: number
}

/** Linux's interface on the trace at `path`; `now` is a clock in nanoseconds. Nothing is warmed up: a user's run is not either. */
export async function benchReplay(now: () => number, path: string): Promise<ReplayBench> {
  const row = COMPARED.find(({ name }) => name === 'reporting, virtqueue, sleeps')
  assert(row !== undefined, 'the interface of Linux is compared')
  const begin = now()
  const { events } = await readTrace(path)
  const parsed = now()
  const options = parseRunOptions({})
  const result = runReplay({ name: row.name, options, interface: row.interface, plan: planReplay(events, options.guest.vcpus) })
  const end = now()
  assert(result.violations === 0 && result.memory.returned > 0, 'the run loses no data and returns memory')
  return { events: events.length, parseSeconds: (parsed - begin) / 1e9, totalSeconds: (end - begin) / 1e9 }
}
