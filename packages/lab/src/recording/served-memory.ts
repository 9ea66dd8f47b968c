/** Memory for the replay of a served guest: bytes only where the recording has some, rings and buffers that the device reads; and what the guest had at all. */
import { alignUp, MIB, PAGE_SIZE } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ArenaMemory } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { InputError } from '../options.ts'
import type { ConversationHeader } from './recorder.ts'
import { runsOf } from './replay-memory.ts'
import { VhostUserMeaning } from './vhost-user-meaning.ts'

/** Descriptors of a table that the replayed driver can make; of one of Linux at most 32. */
export const DEVICE_TABLE_BUFFERS = 64
const QUEUES = 5
const QUEUE_SIZE_MAX = 1024
const TABLES_BYTES = QUEUE_SIZE_MAX * DEVICE_TABLE_BUFFERS * 16
const WRITE = 2
/** Pages that a recording may have bytes in: 256 MiB. Rings and requests of a real guest take some hundred. */
const PAGES_MAX = 2 ** 16

export interface ServedMemory {
  readonly arena: ArenaMemory
  /** All that the guest ever said it has. */
  readonly regions: readonly { readonly gpa: number; readonly length: number }[]
  /** Behind all of it: tables of indirect descriptors, by queue. */
  readonly tables: number
}

export const tablesGpa = ({ tables }: ServedMemory, queue: number): number => tables + (queue % QUEUES) * TABLES_BYTES

/** Pages with bytes are those of rings and of buffers that the device reads. Throws InputError for more than a guest could mean. */
export function memoryOf(cols: Columns, header: ConversationHeader, events: readonly TapEvent[]): ServedMemory {
  const regions = regionsOf(header, events)
  const pages = new Set<number>()
  const touch = (gpa: number, length: number): void => {
    const [first, last] = [Math.floor(gpa / PAGE_SIZE), Math.floor((gpa + length - 1) / PAGE_SIZE)]
    if (pages.size + last - first >= PAGES_MAX) {
      throw new InputError(`recording: found rings and requests of more than ${PAGES_MAX} pages; accepted is one of a real guest, which has some hundred`)
    }
    for (let page = first; page <= last; page++) pages.add(page)
  }
  for (const { queueSetup, chain } of events) {
    // Large enough for either format.
    const { size, descGpa, availGpa, usedGpa } = queueSetup ?? {}
    if (queueSetup) {
      touch(descGpa ?? 0, (size ?? 0) * 16)
      touch(availGpa ?? 0, 6 + (size ?? 0) * 2)
      touch(usedGpa ?? 0, 6 + (size ?? 0) * 8)
    }
    for (const { gpa, len, flags } of chain?.descriptors ?? []) if (((flags ?? 0) & WRITE) === 0 && (len ?? 0) > 0) touch(gpa ?? 0, len ?? 0)
  }
  let end = Math.max(0, ...regions.map(({ gpa, length }) => gpa + length))
  for (const page of pages) end = Math.max(end, (page + 1) * PAGE_SIZE)
  const tables = alignUp(end, MIB) + MIB
  const arena = new ArenaMemory(cols)
  for (const { first, count } of runsOf([...pages].sort((a, b) => a - b))) arena.addRegion(first * PAGE_SIZE, count * PAGE_SIZE)
  arena.addRegion(tables, QUEUES * TABLES_BYTES)
  return { arena, regions, tables }
}

/** The memory tables of all messages, and that of the header. */
function regionsOf(header: ConversationHeader, events: readonly TapEvent[]): { gpa: number; length: number }[] {
  const meaning = new VhostUserMeaning()
  const found = new Map<number, number>()
  const add = (gpa: number, length: number): void => void found.set(gpa, Math.max(length, found.get(gpa) ?? 0))
  for (const { gpa, length } of header.regions ?? []) add(gpa ?? 0, length ?? 0)
  for (const { vhostUser: message } of events) {
    if (!message) continue
    const { fromFrontEnd, request, payload, backChannel } = message
    meaning.of({ fromFrontEnd: fromFrontEnd ?? false, request: request ?? 0, payload: payload ?? new Uint8Array(0), backChannel: backChannel ?? false }, null)
    for (const { gpa, length } of meaning.regions) add(gpa, length)
  }
  return [...found].map(([gpa, length]) => ({ gpa, length }))
}
