/**
 * One native queue: the device's end as a device model has it, and a ring whose driver is the test, which may send any buffers. The one construction site
 * of the wire's tests.
 *
 *     page 1        ring and tables        pages 16..31    bytes of readable buffers
 */
import { Columns, PAGE_SIZE } from '@hintlab/kit'
import { ArenaMemory, makeBatch, makeStats, QueueRole, Status } from '@hintlab/protocol'
import type { StatsBatch } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import { BufferChain } from '../ring/buffer-chain.ts'
import { makeDeviceRing, makeDriverRing, placeQueue } from '../ring/make-ring.ts'
import type { QueueOptions } from '../ring/queue-options.ts'
import type { DriverRing } from '../ring/ring.ts'
import { makeHintPort, makeStatsPort } from '../wire/native-port.ts'
import type { NativePort, NativePortOptions } from '../wire/native-port.ts'
import type { RingFeatures } from './ring-fixture.ts'

const RING_GPA = PAGE_SIZE
export const BYTES_GPA = 16 * PAGE_SIZE
export const BYTES_MAX = 16 * PAGE_SIZE

export interface NativeQueueSettings extends RingFeatures, Partial<Pick<NativePortOptions, 'misaligned' | 'usedLength'>> {
  readonly role?: QueueRole
  readonly size?: number
}

/** A buffer that the device may write: an address and a length, both in bytes. */
export type Range = readonly [gpa: number, length: number]

export class NativeQueue {
  readonly engine = new Measure(new Columns(), makeCosts(), 1)
  readonly memory = new ArenaMemory(this.engine.cols)
  readonly driver: DriverRing
  readonly place: QueueOptions
  /** The end for blocks; for statistics it is `stats`. */
  readonly port: NativePort
  readonly stats: NativePort<StatsBatch>
  interrupts = 0
  private readonly chain: BufferChain
  private bytesUsed = 0

  constructor(settings: NativeQueueSettings = {}) {
    const { role = QueueRole.REPORTING, size = 64, packed = false, indirect = false, inOrder = false, eventIdx = true, ...options } = settings
    const { engine, memory } = this
    memory.addRegion(RING_GPA, 15 * PAGE_SIZE)
    memory.addRegion(BYTES_GPA, BYTES_MAX)
    this.place = { ...placeQueue(RING_GPA, { size, packed, tableBuffers: indirect ? 8 : 0 }), eventIdx, indirect, inOrder }
    this.driver = makeDriverRing(engine.cols, memory, { ...this.place, label: 'driver' })
    const interrupt = (): void => void this.interrupts++
    const hintRole = role === QueueRole.STATS ? QueueRole.REPORTING : role
    this.port = makeHintPort(engine, memory, { label: 'hints', interrupt, ...options, role: hintRole })
    this.stats = makeStatsPort(engine, memory, { label: 'stats', role: QueueRole.STATS, interrupt, ...options, entriesMax: 8 })
    this.chain = new BufferChain(engine.cols, engine.cols.objects('test chain'), 'test chain', size)
    if (role === QueueRole.STATS) this.startStats()
    else this.start()
  }

  /** The driver has set the queue up. */
  start(): void {
    this.port.attach(makeDeviceRing(this.engine.cols, this.memory, { ...this.place, label: 'device' }))
  }

  startStats(): void {
    this.stats.attach(makeDeviceRing(this.engine.cols, this.memory, { ...this.place, label: 'stats device' }))
  }

  /** Makes a chain available: readable buffers of these bytes, then these writable ranges. Its name. */
  post(readable: readonly Uint8Array[], writable: readonly Range[] = []): number {
    this.chain.clear()
    for (const bytes of readable) this.chain.addReadable(this.keep(bytes), bytes.length)
    for (const [gpa, length] of writable) this.chain.addWritable(gpa, length)
    return this.publish()
  }

  /** Makes a chain of readable buffers at these addresses available. */
  postAt(readable: readonly Range[]): number {
    this.chain.clear()
    for (const [gpa, length] of readable) this.chain.addReadable(gpa, length)
    return this.publish()
  }

  /** Takes one request, in parts of `capacity` entries: what was in it, by part. Answered unless `keep`. */
  take(capacity = 1024, { keep = false }: { keep?: boolean } = {}) {
    const batch = makeBatch(capacity)
    const { port } = this
    const handle = port.take(batch)
    const parts: { kind: number; run: number; blocks: string[]; readable: boolean }[] = []
    if (handle < 0) return { handle, parts }
    for (;;) {
      const blocks = Array.from({ length: batch.count }, (_, i) => `${batch.pfn[i]}/${batch.order[i]}`)
      parts.push({ kind: batch.kind, run: batch.commandId, blocks, readable: port.readable })
      if (!port.more) break
      const next = port.take(batch)
      if (next !== handle) throw new Error('a part has the handle of its request')
    }
    if (!keep) port.answer(handle, { status: Status.OK, accepted: 0, rejected: 0, ignored: 0 })
    return { handle, parts }
  }

  takeStats() {
    const stats = makeStats(8)
    const handle = this.stats.take(stats)
    return { handle, entries: Array.from({ length: stats.count }, (_, i) => [stats.tag[i], stats.value[i]]), readable: this.stats.readable }
  }

  /** What the driver gets back: `name:length`, or null. */
  used(): string | null {
    const name = this.driver.popUsed()
    return name < 0 ? null : `${name}:${this.driver.usedLength}`
  }

  private publish(): number {
    const name = this.driver.addChain(this.chain)
    this.driver.publish()
    return name
  }

  /** Puts bytes where nothing else lies. */
  private keep(bytes: Uint8Array): number {
    const gpa = BYTES_GPA + this.bytesUsed
    if (!this.memory.write(gpa, bytes)) throw new Error('the fixture has no room for more bytes')
    this.bytesUsed += bytes.length
    return gpa
  }
}
