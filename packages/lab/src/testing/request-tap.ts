/** Writes down every request that a device takes, as it takes it. The request goes on unchanged. */
import { EMPTY, RequestKind } from '@hintlab/protocol'
import type { HintBatch } from '@hintlab/protocol'
import type { HintDevice } from '@hintlab/host'
import type { Engine } from '@hintlab/sim'

export interface TappedRequest {
  /** Virtual time, ns. */
  readonly at: number
  readonly kind: HintBatch['kind']
  readonly pfns: readonly number[]
  readonly orders: readonly number[]
}

export function tapRequests(engine: Engine, device: HintDevice | null): TappedRequest[] {
  if (device === null) throw new Error('this machine has no device')
  const taken: TappedRequest[] = []
  for (const source of device.sources) {
    const take = source.take.bind(source)
    source.take = (batch) => {
      const handle = take(batch)
      if (handle !== EMPTY) {
        const { kind, count, pfn, order } = batch
        taken.push({ at: engine.now, kind, pfns: [...pfn.subarray(0, count)], orders: [...order.subarray(0, count)] })
      }
      return handle
    }
  }
  return taken
}

const KINDS = Object.fromEntries(Object.entries(RequestKind).map(([name, kind]) => [kind, name.toLowerCase()]))

/** One line: time in seconds, kind, and the number of blocks of each order in the order they were sent. */
export function renderRequest({ at, kind, orders }: TappedRequest): string {
  const runs: string[] = []
  for (let i = 0; i < orders.length; ) {
    let end = i
    while (end < orders.length && orders[end] === orders[i]) end++
    runs.push(`${end - i} of order ${orders[i]}`)
    i = end
  }
  return `${(at / 1e9).toFixed(3)} s ${KINDS[kind]}: ${runs.join(', ')}`
}
