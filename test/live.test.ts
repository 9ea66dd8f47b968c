/**
 * The host package without the simulator's clock and without the guest package: an external pump stamps what a peer does with its own time and hands it to the
 * host, as the vhost-user backend will. The peer here is a few lines of script that write descriptors and payloads into guest memory.
 */
import { describe, expect, it } from 'vitest'
import { Columns, gfn, vpn } from '@hintlab/kit'
import { HintDevice, HostFrames, HostMm, Vm } from '@hintlab/host'
import { ANSWER_BYTES_MAX, ArenaMemory, batchBytesMax, makeAnswer, makeBatch, readAnswer, Status, writeBatch } from '@hintlab/protocol'
import { Cause, makeCosts, Measure, NEVER } from '@hintlab/sim'
import { BufferChain, DevicePort, DriverQueue, HINT_MESSAGES, MessageDevice, placeRing, ringBytes, VirtqueueDevice } from '@hintlab/transport'

const PAGES = 4096
const RING_GPA = 0x10_0000
const QUEUE_SIZE = 16
const ENTRIES = 32

/** Guest memory, host and device of one VM, driven from outside; and a scripted driver that only touches bytes. */
function makeLiveHost() {
  const cols = new Columns()
  const engine = new Measure(cols, makeCosts(), 1, { live: true })
  const cpu = engine.addCpu('device thread')
  const frames = new HostFrames(cols, PAGES)
  const mm = new HostMm(cols, frames, { firstVpn: vpn(0), pages: PAGES })
  mm.addVma({ start: vpn(0), pages: PAGES, thp: 'always' })
  const discarded: number[] = []
  const witness = { zeroed() {}, residentChanged() {}, discarding: (first: number, count: number) => void discarded.push(first, count) }
  const vm = new Vm(engine, mm, { vcpus: [], witness })
  vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages: PAGES })
  const memory = new ArenaMemory(cols)
  memory.addRegion(RING_GPA, 0x1_0000)
  const ring = { ...placeRing(RING_GPA, QUEUE_SIZE), eventIdx: true }
  const interrupts: number[] = []
  const carrier = new VirtqueueDevice(cols, memory, { ...ring, label: 'device' })
  const wire = new MessageDevice(cols, memory, carrier, HINT_MESSAGES, { label: 'hint', handles: QUEUE_SIZE })
  const source = new DevicePort(engine, wire, {
    label: 'hint',
    interrupt: () => void interrupts.push(engine.now),
    holdsCaller: false,
    answerVisible: () => {},
  })
  const device = new HintDevice(engine, vm, source, { label: 'hint', entriesMax: ENTRIES })
  const thread = engine.addTask('device', cpu, (task) => device.threadBody(task))
  const driver = new DriverQueue(cols, memory, { ...ring, label: 'driver' })
  /** What the event loop of a real backend does when an event descriptor fires at time `at`. */
  const kick = (at: number): void => {
    engine.run(at)
    source.rung(0)
    device.wake()
    engine.run(at)
  }
  engine.run(0)
  return { engine, vm, memory, device, thread, driver, cols, interrupts, discarded, kick }
}

/** Puts a batch on the ring as a driver would; returns the chain's head and where its answer will be. */
function post(host: ReturnType<typeof makeLiveHost>, slot: number, blocks: readonly (readonly [number, number])[]) {
  const batch = makeBatch(ENTRIES)
  blocks.forEach(([first, order], i) => {
    batch.pfn[i] = first
    batch.order[i] = order
  })
  batch.count = blocks.length
  const gpa = RING_GPA + ringBytes(QUEUE_SIZE) + slot * 1024
  const length = writeBatch(host.memory, gpa, batchBytesMax(ENTRIES), batch)
  const chain = new BufferChain(host.cols, host.cols.objects('chain'), `chain${slot}`, 2)
  chain.addReadable(gpa, length)
  chain.addWritable(gpa + 512, ANSWER_BYTES_MAX)
  const head = host.driver.addChain(chain)
  host.driver.publish()
  return { head, answerGpa: gpa + 512 }
}

describe('the host package under an external event pump', () => {
  it('serves a request at the moment it arrives, and books what that costs without waiting for it', () => {
    const host = makeLiveHost()
    for (let page = 0; page < PAGES; page += 512) host.vm.prefault(gfn(page), true)
    const { head, answerGpa } = post(host, 0, [[1024, 9], [2048, 10]])
    expect(host.driver.needsKick()).toBe(true)
    host.kick(5_000_000)

    expect(host.interrupts).toEqual([5_000_000])
    expect(host.engine.now).toBe(5_000_000)
    expect(host.discarded).toEqual([1024, 512, 2048, 1024])
    expect(host.vm.residentPages).toBe(PAGES - 512 - 1024)
    expect(host.thread.account[Cause.DISCARD]).toBeGreaterThan(3 * 8400)
    expect(host.driver.popUsed()).toBe(head)
    const answer = makeAnswer()
    expect(readAnswer(host.memory, answerGpa, host.driver.usedLength, answer)).toBe(true)
    expect(answer).toMatchObject({ status: Status.OK, accepted: 2, rejected: 0 })
    expect(host.engine.nextEventTime).toBe(NEVER)
    host.vm.check()
  })

  it('takes several requests with one kick, and answers a hostile one like any other', () => {
    const host = makeLiveHost()
    const good = post(host, 0, [[0, 9]])
    const misaligned = post(host, 1, [[3, 9], [PAGES, 0], [512, 9]])
    host.kick(1000)
    expect([host.driver.popUsed(), host.driver.popUsed()]).toEqual([good.head, misaligned.head])
    const answer = makeAnswer()
    expect(readAnswer(host.memory, misaligned.answerGpa, host.driver.usedLength, answer)).toBe(true)
    expect(host.driver.popUsed()).toBe(-1)
    expect(answer).toMatchObject({ status: Status.PARTLY, accepted: 1, rejected: 2 })
    expect(host.interrupts).toEqual([1000])
  })

  it('finds a request whose kick was lost with the next one', () => {
    const host = makeLiveHost()
    const first = post(host, 0, [[0, 9]])
    host.engine.run(500)
    expect(host.driver.popUsed()).toBe(-1)
    post(host, 1, [[512, 9]])
    host.kick(900)
    expect(host.driver.popUsed()).toBe(first.head)
    expect(host.driver.popUsed()).toBeGreaterThanOrEqual(0)
  })

  it('never runs ahead of the time it was given', () => {
    const host = makeLiveHost()
    expect(() => host.engine.run(-1)).toThrow('time does not go back')
    host.engine.run(10)
    expect(host.engine.now).toBe(10)
  })
})
