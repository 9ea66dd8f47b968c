/** The whole device against a driver that sends anything to any queue: nothing crashes or hangs, and every buffer comes back. */
import { Columns, MIB, PAGE_SIZE } from '@hintlab/kit'
import { without } from '@hintlab/guest'
import { DEVICES, DRIVERS } from '@hintlab/lab'
import type { DeviceName } from '@hintlab/lab'
import { makeBalloonMachine } from '@hintlab/lab/testing'
import { BufferChain, DeviceStatus, initDriver, makeDriverRing, placeQueue, queueBytes, ringOptions } from '@hintlab/transport'
import type { DriverRing } from '@hintlab/transport'
import { Feature, hasFeature, QueueRole } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const GUEST_BYTES = 16 * MIB
const QUEUE_SIZE = 32
const BUFFER_BYTES = 4 * PAGE_SIZE

interface Sent {
  readonly queue: number
  /** Bytes for the device to read; lengths that it may write, and where. */
  readonly readable: readonly Uint8Array[]
  readonly writable: readonly (readonly [number, number])[]
  readonly notify: boolean
}

/** Page numbers that mean something often enough. */
const word = fc.oneof(fc.nat(4200), fc.nat(8), fc.constantFrom(0, 1, 2, 0x8000_0001, 0xffff_ffff), fc.nat(2 ** 31 - 1))
const words = fc.array(word, { maxLength: 40 }).map((values) => new Uint8Array(Uint32Array.from(values).buffer))
const bytes = fc.oneof(words, fc.uint8Array({ maxLength: 50 }))
const address = fc.oneof(fc.nat(4200).map((page) => page * PAGE_SIZE), fc.nat(GUEST_BYTES + 5), fc.constantFrom(2 ** 40, 2 ** 51))
const length = fc.oneof(fc.nat(11).map((order) => PAGE_SIZE << order), fc.nat(9000), fc.constantFrom(1, 2 ** 30))
const sent: fc.Arbitrary<Sent> = fc.record({
  queue: fc.nat(4),
  readable: fc.array(bytes.filter((b) => b.length > 0), { maxLength: 3 }),
  writable: fc.array(fc.tuple(address, length.filter((n) => n > 0)), { maxLength: 3 }),
  notify: fc.boolean(),
}).filter(({ readable, writable }) => readable.length + writable.length > 0)

/** A machine whose queues are the test's: brought up like a driver's, with nobody behind it. */
function openDevice(device: DeviceName) {
  const machine = makeBalloonMachine({ init: false, device: DEVICES[device], memory: GUEST_BYTES })
  const { binding: { bus }, memory, driverMemory } = machine
  const rings: DriverRing[] = []
  const result = initDriver(bus, {
    wanted: DRIVERS.hintlab.knows,
    setUp: (_, negotiated) => {
      for (let queue = 0; queue < 5 && bus.queueSizeMax(queue) > 0; queue++) {
        const shape = { size: QUEUE_SIZE, packed: ringOptions({ size: 1, descGpa: 0, availGpa: 0, usedGpa: 0 }, negotiated).packed === true }
        const place = placeQueue(driverMemory.carve(queueBytes(shape)), shape)
        const options = ringOptions(place, negotiated)
        rings.push(makeDriverRing(new Columns(), memory, { ...options, label: `queue ${queue}` }))
        bus.setUpQueue(queue, place)
      }
      return true
    },
  })
  expect(result.ok).toBe(true)
  const cols = new Columns()
  const chain = new BufferChain(cols, cols.objects('chain'), 'chain', 8)
  return { machine, rings, chain, buffers: driverMemory.carve(8 * BUFFER_BYTES) }
}

describe.each(Object.keys(DEVICES) as DeviceName[])('%s', (name) => {
  test('answers whatever it is sent, once', () => {
    fc.assert(fc.property(fc.array(sent, { maxLength: 30 }), (all) => {
      const { machine, rings, chain, buffers } = openDevice(name)
      const returned = rings.map(() => 0)
      const posted = rings.map(() => 0)
      for (const { queue, readable, writable, notify } of all) {
        if (queue >= rings.length) continue
        chain.clear()
        readable.forEach((data, i) => {
          machine.memory.write(buffers + i * BUFFER_BYTES, data)
          chain.addReadable(buffers + i * BUFFER_BYTES, data.length)
        })
        for (const [gpa, len] of writable) chain.addWritable(gpa, len)
        if (rings[queue].addChain(chain) < 0) continue
        posted[queue]++
        rings[queue].publish()
        if (notify) machine.binding.bus.notify(queue)
        machine.pass(20)
      }
      for (let queue = 0; queue < rings.length; queue++) machine.binding.bus.notify(queue)
      machine.pass(2000)
      rings.forEach((ring, queue) => {
        while (ring.popUsed() >= 0) returned[queue]++
        ring.check()
        expect(ring.broken).toBe(false)
      })
      machine.virtio.check()
      machine.vm.check()
      const { device } = machine.model
      for (let queue = 0; queue < rings.length; queue++) {
        // Where there is a queue for statistics it is number 2 with every device. One buffer stays there.
        const isStats = queue === QueueRole.STATS && hasFeature(DEVICES[name].offered, Feature.STATS_VQ)
        const kept = isStats ? (device.stats.holds ? 1 : 0) + device.stats.counter('lostBuffers') : 0
        expect([queue, returned[queue]]).toEqual([queue, posted[queue] - kept])
      }
    }), { numRuns: 25, seed: 3 })
  })
})

test('a ring that makes no sense asks for a reset, and after it everything works again', () => {
  const machine = makeBalloonMachine({ offers: without(DEVICES.qemu.offered, Feature.RING_PACKED) })
  const { binding, virtio, model, memory } = machine
  machine.pass(10)
  const { availGpa } = virtio.queues.place(QueueRole.INFLATE)
  memory.write(availGpa + 2, new Uint8Array(Uint16Array.of(5000).buffer))
  binding.bus.notify(QueueRole.INFLATE)
  machine.pass(10)
  expect(binding.bus.status()).toBe(0x0f | DeviceStatus.NEEDS_RESET)
  machine.guest('rmmod', (task) => binding.remove(task))
  machine.pass(50)
  expect(binding.init().ok).toBe(true)
  model.device.setTarget(300)
  machine.pass(50)
  expect([binding.bus.status(), model.device.actual]).toEqual([0x0f, 300])
  machine.check()
  expect(machine.ghost.violations).toEqual([])
})
