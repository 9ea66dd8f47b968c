/**
 * What a round trip costs per descriptor: one chain of 31 readable buffers and a writable one goes out, is popped, answered and taken back,
 * with both notification questions asked. Goal: at most 60 ns. Not measured: what a device does with the buffers.
 */
import { assert, Columns } from '@hintlab/kit'
import { ArenaMemory } from '@hintlab/protocol'
import { BufferChain } from './buffer-chain.ts'
import { makeDeviceRing, makeDriverRing, placeQueue, queueBytes } from './make-ring.ts'
import type { DeviceRing, DriverRing } from './ring.ts'

const READABLE = 31
const DESCRIPTORS = READABLE + 1
const QUEUE_SIZE = 256
const ANSWER_BYTES = 8

/** What the queue of the benchmark negotiated besides EVENT_IDX. */
export interface BenchFeatures {
  readonly packed?: boolean
  readonly indirect?: boolean
  readonly inOrder?: boolean
}

/** Nanoseconds per buffer over `rounds` round trips, by the caller's clock (in ns). The round trip is verified before it is timed. */
export function benchRing(now: () => number, rounds: number, features: BenchFeatures = {}): number {
  const { packed = false, indirect = false, inOrder = false } = features
  const cols = new Columns()
  const memory = new ArenaMemory(cols)
  const shape = { size: QUEUE_SIZE, packed, tableBuffers: indirect ? DESCRIPTORS : 0 }
  memory.addRegion(0, queueBytes(shape))
  const options = { ...placeQueue(0, shape), eventIdx: true, indirect, inOrder }
  const driver = makeDriverRing(cols, memory, options)
  const device = makeDeviceRing(cols, memory, options)
  const chain = new BufferChain(cols, cols.objects('bench'), 'bench', DESCRIPTORS)
  for (let i = 0; i < READABLE; i++) chain.addReadable(0x1_0000_0000 + i * 4096, 4096)
  chain.addWritable(0x2_0000_0000, ANSWER_BYTES)
  for (let i = 0; i < 1000; i++) {
    assert(roundTrip(driver, device, chain) === 0x2_0000_0000 + 2, 'a round trip has one kick, one interrupt and the right buffer')
    assert(driver.usedLength === ANSWER_BYTES, 'the answer has its length')
    assert(device.chain.gpa[5] === chain.gpa[5] && device.chain.len[5] === 4096, 'the device sees the buffers of the driver')
  }
  driver.check()
  device.check()
  let sum = 0
  const begin = now()
  for (let i = 0; i < rounds; i++) sum += roundTrip(driver, device, chain)
  const end = now()
  assert(sum === rounds * (0x2_0000_0000 + 2), 'no timed round trip went wrong')
  return (end - begin) / (rounds * DESCRIPTORS)
}

/** Returns the address of the writable buffer as the device saw it, plus the number of notifications that were due. */
function roundTrip(driver: DriverRing, device: DeviceRing, chain: BufferChain): number {
  const added = driver.addChain(chain)
  driver.publish()
  let due = driver.needsKick() ? 1 : 0
  const head = device.pop()
  const gpa = device.chain.gpa[READABLE]
  device.push(head, ANSWER_BYTES)
  device.publish()
  if (device.needsInterrupt()) due++
  const back = driver.popUsed()
  return back === added ? gpa + due : -1
}
