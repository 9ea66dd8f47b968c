/**
 * A driver that sends anything, to a device with all its queues: random buffers in any direction, at any address, on queues that stop and start while the
 * device works. Every chain of a queue that runs comes back once, nothing outside the guest's memory is touched, and nothing throws.
 */
import { Columns, gfn, vpn } from '@hintlab/kit'
import { HintDevice, HostFrames, HostMm, Vm } from '@hintlab/host'
import { ArenaMemory, QueueRole } from '@hintlab/protocol'
import { makeCosts, Measure } from '@hintlab/sim'
import { BufferChain, makeDeviceRing, makeDriverRing, makeHintPort, placeQueue, queueBytes } from '@hintlab/transport'
import type { DriverRing, HintRole, QueueOptions } from '@hintlab/transport'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'

const PAGES = 2048
const ROLES: readonly HintRole[] = [QueueRole.INFLATE, QueueRole.DEFLATE, QueueRole.FREE_PAGE, QueueRole.REPORTING]
const SIZE = 8
const RING_BYTES = 4096
const RING_GPA = PAGES * 4096
const BYTES_GPA = RING_GPA + ROLES.length * RING_BYTES
const BYTES = 4096

type Buffer = readonly [writable: boolean, gpa: number, length: number]
type Step =
  | { readonly do: 'send'; readonly queue: number; readonly buffers: readonly Buffer[] }
  | { readonly do: 'run'; readonly ns: number }
  | { readonly do: 'restart'; readonly queue: number }

const gpa = fc.oneof(
  fc.nat(PAGES * 2).map((page) => page * 4096), fc.nat(PAGES * 4096), fc.nat(BYTES - 64).map((at) => BYTES_GPA + at), fc.constant(2 ** 52 - 2 ** 32),
)
const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 64 }).map((n) => n * 4096), fc.integer({ min: 1, max: 2 ** 23 }))
const buffer: fc.Arbitrary<Buffer> = fc.tuple(fc.boolean(), gpa, length)
const queue = fc.nat(ROLES.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), queue, buffers: fc.array(buffer, { minLength: 1, maxLength: SIZE }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('run' as const), ns: fc.constantFrom(7000, 20_000, 60_000, 1e9) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restart' as const), queue }) },
)
const features = fc.record({ packed: fc.boolean(), eventIdx: fc.boolean(), inOrder: fc.boolean() })

/** A device with four queues, and the drivers' ends of their rings. */
function makeDevice(ring: { packed: boolean; eventIdx: boolean; inOrder: boolean }, payload: Uint8Array) {
  const engine = new Measure(new Columns(), makeCosts(), 1)
  const { cols } = engine
  const mm = new HostMm(cols, new HostFrames(cols, PAGES), { firstVpn: vpn(0), pages: PAGES })
  mm.addVma({ start: vpn(0), pages: PAGES, thp: 'always' })
  const discarded: [number, number][] = []
  const witness = { zeroed() {}, residentChanged() {}, discarding: (first: number, count: number) => void discarded.push([first, count]) }
  const vm = new Vm(engine, mm, { vcpus: [], witness })
  vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages: PAGES })
  const memory = new ArenaMemory(cols)
  memory.addRegion(RING_GPA, ROLES.length * RING_BYTES + BYTES)
  memory.write(BYTES_GPA, payload)
  const shape = { size: SIZE, packed: ring.packed }
  if (queueBytes(shape) > RING_BYTES) throw new Error('the rings have room')
  const places: QueueOptions[] = ROLES.map((_, i) => ({ ...placeQueue(RING_GPA + i * RING_BYTES, shape), ...ring }))
  const ports = ROLES.map((role) => makeHintPort(engine, memory, { label: `queue ${role}`, role, interrupt: () => {} }))
  const device: HintDevice = new HintDevice(engine, vm, ports, { label: 'balloon', entriesMax: 16, command: (id) => (device.currentRun = id === 1 ? 0 : id) })
  const task = engine.addTask('device', engine.addCpu('host'), (t) => device.threadBody(t))
  const drivers: DriverRing[] = places.map((place, i) => makeDriverRing(cols, memory, { ...place, label: `driver ${i}` }))
  const start = (i: number): void => ports[i].attach(makeDeviceRing(new Columns(), memory, { ...places[i], label: 'device' }))
  const chain = new BufferChain(cols, cols.objects('chain'), 'chain', SIZE)
  return { engine, memory, vm, ports, device, task, drivers, start, chain, discarded }
}

type World = ReturnType<typeof makeDevice>

/** Makes a chain of such buffers available: what is read goes first, as the driver's end demands. False when the ring is full. */
function send({ drivers, chain }: World, { queue: i, buffers }: Extract<Step, { do: 'send' }>): boolean {
  chain.clear()
  for (const [writable, at, bytes] of buffers) if (!writable) chain.addReadable(at, bytes)
  for (const [writable, at, bytes] of buffers) if (writable) chain.addWritable(at, bytes)
  if (drivers[i].addChain(chain) < 0) return false
  drivers[i].publish()
  return true
}

/** Lets the device work; some of the time only a little, so that the next step finds it in the middle. */
function work({ engine, device, ports }: World, ns: number): void {
  for (const port of ports) port.rung(0)
  device.wake()
  engine.run(engine.now + ns)
}

it('comes to no harm, and answers every chain of a running queue once', () => {
  let served = 0
  let stale = 0
  const payload = fc.uint8Array({ minLength: BYTES, maxLength: BYTES })
  fc.assert(fc.property(features, payload, fc.array(step, { minLength: 40, maxLength: 80 }), (ring, bytes, steps) => {
    const world = makeDevice(ring, bytes)
    const { drivers, ports, discarded } = world
    const open = ROLES.map(() => 0)
    const reap = (i: number): void => {
      while (drivers[i].popUsed() >= 0) open[i]--
    }
    ROLES.forEach((_, i) => world.start(i))
    for (const what of steps) {
      if (what.do === 'send' && send(world, what)) open[what.queue]++
      if (what.do === 'run') work(world, what.ns)
      if (what.do === 'restart') {
        ports[what.queue].detach()
        drivers[what.queue].reset()
        open[what.queue] = 0
        world.start(what.queue)
      }
      ROLES.forEach((_, i) => reap(i))
    }
    work(world, 1e12)
    ROLES.forEach((_, i) => reap(i))
    expect(open).toEqual([0, 0, 0, 0])
    expect(drivers.map(({ broken, counters }) => [broken, counters.bogusId + counters.duplicate + counters.badLength])).toEqual(ROLES.map(() => [false, 0]))
    expect(discarded.every(([first, count]) => first >= 0 && first + count <= PAGES)).toBe(true)
    for (const port of ports) port.check()
    world.vm.check()
    served += world.device.counter('requests')
    stale += ports.reduce((sum, port) => sum + port.stale, 0)
  }), { seed: 1, numRuns: 80 })
  expect(served).toBeGreaterThan(500)
  expect(stale).toBeGreaterThan(5) // queues that were stopped in the middle of a request
})
