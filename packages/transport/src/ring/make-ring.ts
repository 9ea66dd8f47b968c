/** The ends of a virtqueue for the features that were negotiated. The format is chosen here, once, and nowhere again. */
import { alignUp } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import type { GuestMemory } from '@hintlab/protocol'
import { DeviceQueue } from './device-queue.ts'
import { DriverQueue } from './driver-queue.ts'
import { tableAreaBytes } from './indirect-tables.ts'
import { DESC_ALIGN, placeRing, ringBytes } from './layout.ts'
import { PackedDeviceQueue } from './packed-device-queue.ts'
import { PackedDriverQueue } from './packed-driver-queue.ts'
import { packedRingBytes, placePackedRing } from './packed-layout.ts'
import type { QueueOptions, QueuePlace } from './queue-options.ts'
import type { DeviceRing, DriverRing } from './ring.ts'

/** The driver's end. Its areas belong to this driver and lie inside memory (`ringFault` says `null`); it initialises them. */
export function makeDriverRing(cols: Columns, memory: GuestMemory, options: QueueOptions): DriverRing {
  return options.packed === true ? new PackedDriverQueue(cols, memory, options) : new DriverQueue(cols, memory, options)
}

/** The device's end. The addresses come from the driver: ask `ringFault` first. */
export function makeDeviceRing(cols: Columns, memory: GuestMemory, options: QueueOptions): DeviceRing {
  return options.packed === true ? new PackedDeviceQueue(cols, memory, options) : new DeviceQueue(cols, memory, options)
}

/** What must be known to say where a queue's areas lie. */
export interface QueueShape {
  readonly size: number
  readonly packed?: boolean
  /** Buffers of the longest chain that goes into an indirect table; 0 (the default) for a driver that uses none. */
  readonly tableBuffers?: number
}

/** Puts a queue's areas and its driver's indirect tables one behind the other from `gpa` on, a multiple of 16. */
export function placeQueue(gpa: number, shape: QueueShape): QueuePlace {
  const { size, packed = false, tableBuffers = 0 } = shape
  const place = packed ? placePackedRing(gpa, size) : placeRing(gpa, size)
  if (tableBuffers === 0) return { ...place, packed }
  const tablesGpa = gpa + alignUp(packed ? packedRingBytes(size) : ringBytes(size), DESC_ALIGN)
  return { ...place, packed, tablesGpa, tableBuffers }
}

/** Bytes that `placeQueue` covers, paddings included. */
export function queueBytes(shape: QueueShape): number {
  const { size, packed = false, tableBuffers = 0 } = shape
  const ring = packed ? packedRingBytes(size) : ringBytes(size)
  return tableBuffers === 0 ? ring : alignUp(ring, DESC_ALIGN) + tableAreaBytes(size, tableBuffers)
}
