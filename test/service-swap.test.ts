/**
 * P3: the host changes who does its work, the vCPU in its exit or a thread, under a guest that is the same to the last option. What is said stays the
 * same, word for word; only when it is said changes.
 */
import { Columns, gfn, PAGE_SIZE, vpn } from '@hintlab/kit'
import { addExitTask, HintDevice, HostFrames, HostMm, Vm } from '@hintlab/host'
import type { Doorbell } from '@hintlab/host'
import { ArenaMemory, EMPTY } from '@hintlab/protocol'
import type { HintBatch, RequestSource } from '@hintlab/protocol'
import { Cause, Kind, makeCosts, Measure, point, PRIORITY_HIGH, TaskState } from '@hintlab/sim'
import type { Task } from '@hintlab/sim'
import { axesName, connect, DriverMemory, legalAxes, transportBytes } from '@hintlab/transport'
import type { Axes } from '@hintlab/transport'
import { ScriptedGuest } from '@hintlab/transport/testing'
import { describe, expect, it } from 'vitest'

const AT_WORK = point(Kind.COMPUTE, 'service swap: workload')
const PAGES = 4096
const DRIVER_GPA = PAGES * PAGE_SIZE
const LETTERS = 12
const MS = 1_000_000

/** What passes between the ports, as lines: `3: kind 1 p0x10/2 p0x20/0` and its answer. */
function tap(source: RequestSource<Task>, lines: string[]): RequestSource<Task> {
  const asked = new Map<number, number>()
  return {
    take(batch: HintBatch): number {
      const handle = source.take(batch)
      const blocks = Array.from({ length: batch.count }, (_, i) => `p0x${batch.pfn[i].toString(16)}/${batch.order[i]}`)
      if (handle === EMPTY) return EMPTY
      asked.set(handle, batch.commandId)
      lines.push(`${batch.commandId}: kind ${batch.kind} ${blocks.join(' ')}`)
      return handle
    },
    answer(handle, outcome) {
      lines.push(`${asked.get(handle)}: status ${outcome.status}, ${outcome.accepted} accepted, ${outcome.rejected} rejected, ${outcome.ignored} ignored`)
      source.answer(handle, outcome)
    },
    get readable() {
      return source.readable
    },
    get more() {
      return source.more
    },
    get holdsCaller() {
      return source.holdsCaller
    },
    signal: (task) => source.signal(task),
    arm: () => source.arm(),
    disarm: () => source.disarm(),
    rung: (arg) => source.rung(arg),
    answered: (arg) => source.answered(arg),
  }
}

interface TalkOptions {
  readonly axes: Axes
  readonly service: Doorbell['service']
  /** What the service becomes at 1 ms. */
  readonly later?: Doorbell['service']
  readonly vcpus?: number
}

/** A guest each of whose vCPUs sends twelve letters. Some blocks lie outside its memory. */
function talk({ axes, service, later = service, vcpus: count = 1 }: TalkOptions) {
  const cols = new Columns()
  const engine = new Measure(cols, makeCosts(), 1)
  const vcpus = Array.from({ length: count }, (_, i) => engine.addCpu(`vcpu${i}`, { halts: true }))
  const hostCpu = engine.addCpu('host0')
  const mm = new HostMm(cols, new HostFrames(cols, PAGES), { firstVpn: vpn(0), pages: PAGES })
  mm.addVma({ start: vpn(0), pages: PAGES, thp: 'always' })
  const witness = { zeroed() {}, residentChanged() {}, discarding() {} }
  const vm = new Vm(engine, mm, { vcpus, witness })
  vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages: PAGES })

  const shape = { axes: { ...axes, service: 'inline' as const }, entriesMax: 32, slots: 2 } // the guest's options do not say which service
  const memory = new ArenaMemory(cols)
  memory.addRegion(DRIVER_GPA, transportBytes(shape))
  const driverMemory = new DriverMemory(DRIVER_GPA, transportBytes(shape))
  const { port, source } = connect(engine, memory, driverMemory, { ...shape, label: 'hint', target: 0, irqCpu: vcpus[0] })
  const guest = new ScriptedGuest(engine, port)
  port.setClient(guest)
  const conversation: string[] = []
  const device = new HintDevice(engine, vm, tap(source, conversation), { label: 'hint', entriesMax: 32 })
  const doorbells: Doorbell[] = [{ device, service }]
  for (const vcpu of vcpus) addExitTask(engine, vcpu, vm, doorbells)
  engine.addTask('device', hostCpu, (task) => device.threadBody(task), { priority: PRIORITY_HIGH, wakeNs: engine.costs.deviceWake })
  const senders = vcpus.map((vcpu, n) => engine.addTask(`sender ${n}`, vcpu, function* (task) {
    for (let i = 1; i <= LETTERS; i++) {
      const id = 100 * n + i
      const blocks = n === 0 ? i : LETTERS - i + 1
      task.charge(150_000, Cause.WORK)
      yield AT_WORK
      const pfn = Array.from({ length: blocks }, (_, k) => (id * 37 + k) * 16)
      yield* guest.send(task, { commandId: id, pfn, order: pfn.map((_, k) => k % 5) })
    }
  }))
  engine.run(MS)
  doorbells[0] = { device, service: later }
  engine.run(50 * MS)
  engine.check()
  vm.check()
  port.check()
  source.check()
  expect(senders.map((task) => task.state)).toEqual(senders.map(() => TaskState.DONE))
  const replies = guest.replies.map(({ commandId, status, context }) => `${commandId}: status ${status} in ${context}`)
  return { conversation, replies, times: guest.replies.map((reply) => reply.at), hash: engine.eventHash, discarded: device.counter('discardedPages') }
}

/** Every interface, as the guest sees it. */
const interfaces = legalAxes()
  .filter((axes) => axes.service === 'inline')
  .map((axes) => ({ name: axesName(axes).replace(' inline,', ''), axes }))

describe('a host that changes its service', () => {
  it('has this conversation', () => {
    const axes: Axes = { carrier: 'virtqueue', service: 'inline', notification: 'interrupt', submitter: 'sleeps' }
    const { conversation, replies } = talk({ axes, service: 'inline' })
    expect([...conversation.slice(0, 6), ...conversation.slice(-1), ...replies.slice(-1)].join('\n')).toMatchInlineSnapshot(`
      "1: kind 1 p0x250/0
      1: status 1, 1 accepted, 0 rejected, 0 ignored
      2: kind 1 p0x4a0/0 p0x4b0/1
      2: status 1, 2 accepted, 0 rejected, 0 ignored
      3: kind 1 p0x6f0/0 p0x700/1 p0x710/2
      3: status 1, 3 accepted, 0 rejected, 0 ignored
      12: status 2, 0 accepted, 12 rejected, 0 ignored
      12: status 2 in process"
    `)
  })

  it.each(interfaces)(
    'is not noticed by the guest: $name',
    ({ axes }) => {
      const inline = talk({ axes, service: 'inline' })
      const thread = talk({ axes, service: 'thread' })
      const changed = talk({ axes, service: 'inline', later: 'thread' })
      expect(inline.conversation.length).toBe(2 * LETTERS)
      for (const other of [thread, changed]) {
        expect(other.conversation).toEqual(inline.conversation)
        expect(other.replies).toEqual(inline.replies)
        expect(other.discarded).toBe(inline.discarded)
        expect(other.hash).not.toBe(inline.hash)
        expect(other.times).not.toEqual(inline.times)
      }
      expect(changed.times[0]).toBe(inline.times[0]) // until then nothing is different
    },
  )

  it.each(interfaces)('answers each of two vCPUs that ring at the same time what it asked: $name', ({ axes }) => {
    const inline = talk({ axes, service: 'inline', vcpus: 2 })
    const thread = talk({ axes, service: 'thread', vcpus: 2 })
    expect([...inline.conversation].sort()).toEqual([...thread.conversation].sort())
    expect([...inline.replies].sort()).toEqual([...thread.replies].sort())
    expect(inline.discarded).toBe(thread.discarded)
  })
})
