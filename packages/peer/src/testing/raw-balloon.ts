/**
 * The least balloon driver: one queue at a time, bytes that the test writes, and a look at the ring right after each notification. For devices that
 * serve a queue while it is being notified, as QEMU does.
 *
 *   guest memory from `first`:  | queue 0 | queue 1 | ... | buffers: 4 KiB each |
 */
import { alignUp, assert, Columns, PAGE_SIZE } from '@hintlab/kit'
import type { FeatureSet, GuestMemory } from '@hintlab/protocol'
import { BALLOON_DEVICE_ID, BufferChain, initDriver, makeDriverRing, placeQueue, queueBytes, ringOptions } from '@hintlab/transport'
import type { DriverBus, DriverRing, InitResult, QueuePlace } from '@hintlab/transport'

export interface RawBalloonOptions {
  readonly wanted: FeatureSet
  /** Numbers of the queues to set up, and the entries of each. */
  readonly queues: readonly number[]
  readonly size: number
  readonly packed: boolean
  /** Guest address of memory that the test owns. */
  readonly first: number
}

export interface Piece {
  readonly gpa: number
  readonly bytes: number
  readonly writable?: boolean
}

export class RawBalloon {
  readonly result: InitResult
  /** The next free address behind the rings, page aligned. */
  readonly buffersGpa: number
  readonly bus: DriverBus
  private readonly rings = new Map<number, { readonly ring: DriverRing; readonly place: QueuePlace }>()
  private readonly chain: BufferChain

  constructor(bus: DriverBus, memory: GuestMemory, { wanted, queues, size, packed, first }: RawBalloonOptions) {
    this.bus = bus
    const cols = new Columns()
    this.chain = new BufferChain(cols, cols.objects('raw chain'), 'raw', size)
    const shape = { size, packed, tableBuffers: size }
    const stride = alignUp(queueBytes(shape), PAGE_SIZE)
    this.buffersGpa = first + queues.length * stride
    this.result = initDriver(bus, {
      wanted,
      deviceId: BALLOON_DEVICE_ID,
      setUp: (_bus, negotiated) => {
        for (const [i, queue] of queues.entries()) {
          if (bus.queueSizeMax(queue) < size) return false
          const options = ringOptions(placeQueue(first + i * stride, shape), negotiated)
          this.rings.set(queue, { ring: makeDriverRing(cols, memory, { ...options, label: `queue ${queue}` }), place: options })
          bus.setUpQueue(queue, options)
        }
        return true
      },
    })
  }

  /** Makes one chain available and notifies if the device wants it; what the device gave back by then. */
  send(queue: number, ...pieces: readonly Piece[]): { name: number; used: number; usedLength: number } {
    const ring = this.ring(queue)
    this.chain.clear()
    for (const { gpa, bytes, writable = false } of pieces) {
      if (writable) this.chain.addWritable(gpa, bytes)
      else this.chain.addReadable(gpa, bytes)
    }
    const name = ring.addChain(this.chain)
    ring.publish()
    if (ring.needsKick()) this.bus.notify(queue)
    return { name, used: ring.popUsed(), usedLength: ring.usedLength }
  }

  ring(queue: number): DriverRing {
    return this.of(queue).ring
  }

  /** Where its areas lie, for tests that write there what a driver never would. */
  place(queue: number): QueuePlace {
    return this.of(queue).place
  }

  private of(queue: number): { readonly ring: DriverRing; readonly place: QueuePlace } {
    const found = this.rings.get(queue)
    assert(found !== undefined, 'the queue was set up')
    return found
  }
}
