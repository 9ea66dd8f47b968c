/** A queue with both its ends in a small guest memory: the one construction site of the ring tests. */
import { Columns } from '@hintlab/kit'
import { ArenaMemory } from '@hintlab/protocol'
import { BufferChain } from '../ring/buffer-chain.ts'
import { makeDeviceRing, makeDriverRing, placeQueue, queueBytes } from '../ring/make-ring.ts'
import { PACKED_START } from '../ring/packed-layout.ts'
import type { QueueOptions, RingSafeguards } from '../ring/queue-options.ts'
import { TracedMemory } from './traced-memory.ts'
import type { Trace } from './traced-memory.ts'

/** Address of the ring; nothing else lies in the memory. */
export const RING_GPA = 4096

/** Buffers that an indirect table of the fixture's driver holds. */
export const TABLE_BUFFERS = 4

export interface RingFeatures {
  packed?: boolean
  eventIdx?: boolean
  indirect?: boolean
  inOrder?: boolean
}

/** All sixteen combinations. */
export const ALL_FEATURES: readonly Required<RingFeatures>[] = Array.from({ length: 16 }, (_, bits) => ({
  packed: (bits & 8) !== 0, eventIdx: (bits & 4) !== 0, indirect: (bits & 2) !== 0, inOrder: (bits & 1) !== 0,
}))

export function featureText({ packed = false, eventIdx = false, indirect = false, inOrder = false }: RingFeatures): string {
  return [packed ? 'packed' : 'split', eventIdx && 'EVENT_IDX', indirect && 'INDIRECT', inOrder && 'IN_ORDER'].filter(Boolean).join(' ')
}

export interface RingSettings extends RingFeatures {
  size?: number
  startIndex?: number
  safeguards?: Partial<RingSafeguards>
  /** Write down every access of both ends. */
  trace?: Trace
}

export function makeRing(settings: RingSettings = {}) {
  const { size = 8, packed = false, eventIdx = false, indirect = false, inOrder = false, safeguards = {}, trace } = settings
  const { startIndex = packed ? PACKED_START : 0 } = settings
  const cols = new Columns()
  const memory = new ArenaMemory(cols)
  const shape = { size, packed, tableBuffers: indirect ? TABLE_BUFFERS : 0 }
  memory.addRegion(RING_GPA, queueBytes(shape))
  const options: QueueOptions = { ...placeQueue(RING_GPA, shape), eventIdx, indirect, inOrder, startIndex, safeguards }
  const seenBy = (who: string) => (trace === undefined ? memory : new TracedMemory(memory, options, who, trace))
  const driver = makeDriverRing(cols, seenBy('driver'), options)
  const device = makeDeviceRing(cols, seenBy('device'), options)
  const object = cols.objects('request')
  const chain = new BufferChain(cols, object, 'request', Math.max(size, 1))
  return { cols, memory, options, driver, device, chain, object }
}

export type Ring = ReturnType<typeof makeRing>

/** Fills the fixture's chain with buffers of the given lengths, one page apart from each other, and adds it. */
export function addLengths(ring: Ring, readable: readonly number[], writable: readonly number[]): number {
  ring.cols.footprint.write(ring.object)
  ring.chain.clear()
  let gpa = 0x1_0000_0000
  for (const length of readable) ring.chain.addReadable((gpa += 4096), length)
  for (const length of writable) ring.chain.addWritable((gpa += 4096), length)
  return ring.driver.addChain(ring.chain)
}

/** The device's chain as text: `r64@0x1000 w8@0x2000`. */
export function chainText(chain: BufferChain): string {
  const parts: string[] = []
  for (let i = 0; i < chain.count; i++) parts.push(`${i < chain.readableCount ? 'r' : 'w'}${chain.len[i]}@0x${chain.gpa[i].toString(16)}`)
  return parts.join(' ')
}
