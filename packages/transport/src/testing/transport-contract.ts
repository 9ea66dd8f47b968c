/**
 * What every transport does, whatever its axes: the suite that runs over each legal combination.
 *
 *   P1  submit never calls back          P2  complete once per slot, after submit, with no lock of the submitter held
 *       (both asserted by ScriptedGuest at every completion)
 *   T1  content arrives unchanged, and so does the status          T2  time is charged where the axes say
 *   T3  a faulty host costs its own requests at most               T4  after abandon and a reset of the device everything works again
 */
import { QueueRole, RequestKind, Status } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, SpinLock, TaskKind, TaskState } from '@hintlab/sim'
import type { Task } from '@hintlab/sim'
import { describe, expect, it } from 'vitest'
import type { Axes } from '../axes.ts'
import type { Scene } from './scripted-device.ts'
import type { Letter } from './scripted-guest.ts'
import { makeWorld } from './transport-world.ts'
import type { WireVariant, World, WorldOptions } from './transport-world.ts'

const AT_RUN = point(Kind.RUN, 'contract: run')
const AT_COMPUTE = point(Kind.COMPUTE, 'contract: compute')
const AT_SLEEP = point(Kind.SLEEP, 'contract: sleep')
const AT_LOCK = point(Kind.SPIN, 'contract: lock')
const AT_RETURN = point(Kind.RETURN, 'contract: interrupt handled')

const MS = 1_000_000
/** All is quiet long before. */
const END = 50 * MS

/** An interface, and what its requests travel in. */
export interface Face extends Axes, WireVariant {}

/**
 * Runs the contract over one combination of axes, by default with messages on a split ring. Where answers come in order, one that is late holds up all
 * behind it; and only a split ring can be made to lie about what it used.
 */
export function transportContract(name: string, axes: Axes, variant: WireVariant = {}): void {
  const face: Face = { ...axes, ...variant }
  describe(`transport contract: ${name}`, () => {
    if (variant.wire === 'native') nativeConversation(face)
    else messages(face)
    conversation(face)
    waiting(face)
    if (variant.inOrder === true) return
    late(face)
    missing(face)
    if (variant.packed === true) return
    twice(face)
    falseLength(face)
  })
}

/** A world for this interface. */
function make({ carrier, service, notification, submitter, ...variant }: Face, options: Omit<WorldOptions, 'axes'>): World {
  return makeWorld({ axes: { carrier, service, notification, submitter }, ...variant, ...options })
}

const letter = (commandId: number): Letter => ({ commandId, pfn: Array.from({ length: 1 + (commandId % 30) }, (_, i) => commandId * 1024 + i) })

/** A task that sends the letters `first` to `last`, with some work in between. */
function addSender(world: World, vcpu: number, first: number, last: number): Task {
  return world.task(`sender ${vcpu}`, vcpu, function* (task) {
    for (let id = first; id <= last; id++) {
      task.charge((id * 7919) % 5000, Cause.WORK)
      yield AT_COMPUTE
      yield* world.guest.send(task, letter(id))
    }
  })
}

/** Senders of eight letters each, one per vCPU; letters are numbered from 1. */
function addSenders(world: World): Task[] {
  return world.vcpus.map((_, i) => addSender(world, i, 8 * i + 1, 8 * i + 8))
}

/** Replies by letter: `1 OK`. */
const statuses = (world: World): Map<number, Status> => new Map(world.guest.replies.map(({ commandId, status }) => [commandId, status]))

/** Everybody is done, every letter was answered once, in the context that the axes say. */
function expectAllAnswered(world: World, senders: readonly Task[], axes: Axes, letters: number): void {
  expect(senders.map((task) => task.state)).toEqual(senders.map(() => TaskState.DONE))
  expect(world.guest.replies.map((reply) => reply.commandId).sort((a, b) => a - b)).toEqual(Array.from({ length: letters }, (_, i) => i + 1))
  expect(new Set(world.guest.replies.map((reply) => reply.context))).toEqual(new Set([axes.submitter === 'goes-on' ? 'interrupt' : 'process']))
  expect([world.guest.inFlight, world.transport.port.inFlight]).toEqual([0, 0])
  expect(world.transport.port.counter('completed')).toBe(letters)
}

function conversation(axes: Face): void {
  it('P1, P2: answers each of many requests of several vCPUs once, in slots that are used again', () => {
    const world = make(axes, { vcpus: 3, slots: 4 })
    const senders = addSenders(world)
    world.run(END)
    expectAllAnswered(world, senders, axes, 24)
    for (const { commandId, pfn } of world.device.heard) expect(pfn).toEqual(letter(commandId).pfn)
    expect([world.transport.port.rejected, world.transport.port.counter('failed'), world.transport.port.broken]).toEqual([0, 0, false])
  })

  it('says FULL when every slot is in flight, and takes more as soon as one is free', () => {
    const world = make(axes, { vcpus: 4, slots: 2, workNs: 100_000 })
    const senders = addSenders(world)
    world.run(END)
    expectAllAnswered(world, senders, axes, 32)
    expect(world.guest.fullAt.length).toBeGreaterThan(0)
    expect(new Set(world.guest.fullAt)).toEqual(new Set([2]))
    expect(world.transport.port.counter('full')).toBe(world.guest.fullAt.length)
  })

  it('loses no answer that comes while another is being taken', () => {
    for (let gap = 0; gap < 2400; gap += 30) {
      const world = make(axes, { vcpus: 2, script: (n) => ({ act: 'late', at: MS + n * gap }) })
      const senders = world.vcpus.map((_, i) => addSender(world, i, i + 1, i + 1))
      world.run(2 * MS)
      expectAllAnswered(world, senders, axes, 2)
    }
  })

  it('runs the same way twice', () => {
    const run = (): number => {
      const world = make(axes, { vcpus: 3 })
      addSenders(world)
      world.run(END)
      return world.engine.eventHash
    }
    expect(run()).toBe(run())
  })
}

/** Whether the submitter holds its vCPU until the answer; with inline service everybody does, in the exit. */
const holds = (axes: Axes): boolean => axes.service === 'inline' || (axes.submitter !== 'sleeps' && axes.submitter !== 'goes-on')

const WORK_NS = 200_000

/** One request of 200 us, sent at 1 ms, and whatever else `others` adds. */
function oneRequest(axes: Face, others: (world: World) => void) {
  const world = make(axes, { workNs: WORK_NS })
  others(world)
  const sender = world.task('sender', 0, function* (task) {
    task.wakeAt = MS
    yield AT_SLEEP
    yield* world.guest.send(task, letter(1))
  }, { priority: PRIORITY_HIGH })
  world.run(END)
  return { world, sender, began: MS, ended: world.guest.replies[0].at }
}

function waiting(axes: Face): void {
  it('T2: charges the wait to the vCPU that stands still, and to nobody else', () => {
    const { world, sender } = oneRequest(axes, () => {})
    const of = (cause: Cause): number => world.engine.tasks.reduce((sum, task) => sum + task.accountOn(world.vcpus[0])[cause], 0)
    const waits = axes.service === 'thread' && holds(axes)
    const polls = axes.notification === 'polled'
    const [blocked, polled] = [of(Cause.BLOCKED), of(Cause.POLL)]
    // The device's work, its wake-up and the way back: some 10 us more at most.
    const about = (ns: number): boolean => ns >= WORK_NS && ns < WORK_NS + 10_000
    expect([blocked, polled].map(about)).toEqual([waits && !polls, waits && polls])
    if (!waits) expect([blocked < 1000, polled < 1000]).toEqual([true, true])
    expect(of(Cause.DEVICE) >= WORK_NS).toBe(axes.service === 'inline')
    expect(sender.irqsOff).toBe(0)
  })

  it('T2: leaves the vCPU to others where the axes say so, and only there', () => {
    const steps: number[] = []
    const { world, began, ended } = oneRequest(axes, (w) => {
      w.task('neighbour', 0, function* (task) {
        while (w.engine.now < 2 * MS) {
          task.charge(1000, Cause.WORK)
          yield AT_COMPUTE
          steps.push(w.engine.now)
        }
      })
    })
    const between = steps.filter((at) => at > began + 20_000 && at < ended - 20_000).length
    if (holds(axes)) expect(between).toBeLessThanOrEqual(1)
    else expect(between).toBeGreaterThan(100)
    expect(world.guest.replies.length).toBe(1)
  })

  it('T2: keeps interrupts out while irqs are off or the vCPU is in the host, and lets them in otherwise', () => {
    const delays: number[] = []
    const RAISED = MS + 100_000
    const { began, ended } = oneRequest(axes, (w) => {
      const timer = w.engine.addTask('timer irq', w.vcpus[0], function* () {
        for (;;) {
          delays.push(w.engine.now - RAISED)
          yield AT_RETURN
        }
      }, { kind: TaskKind.IRQ })
      w.engine.addTask('timer', w.engine.addCpu('timer'), function* (task) {
        task.wakeAt = RAISED
        yield AT_SLEEP
        w.engine.raise(timer)
      })
    })
    const shut = axes.service === 'inline' || axes.submitter === 'blocks-irqs-off' || axes.notification === 'return'
    expect(began < RAISED && RAISED < ended).toBe(true)
    expect(delays.length).toBe(1)
    expect(delays[0] > 50_000).toBe(shut)
  })

  it('P2: takes nobody a spinlock away, and can be used right after one', () => {
    const world = make(axes, { vcpus: 2 })
    const lock = new SpinLock(world.engine, 'zone')
    const senders = world.vcpus.map((_, i) => world.task(`sender ${i}`, i, function* (task) {
      for (let n = 1; n <= 4; n++) {
        if (lock.acquireIrq(task)) yield AT_LOCK
        task.charge(3000, Cause.WORK)
        yield AT_RUN
        lock.releaseIrq(task)
        yield* world.guest.send(task, letter(4 * i + n))
      }
    }))
    world.run(END)
    expectAllAnswered(world, senders, axes, 8)
    expect(lock.holder).toBe(null)
  })
}

function late(axes: Face): void {
  it('T3: a late answer holds up its own request only, and completes it once', () => {
    const world = make(axes, { vcpus: 3, slots: 4, script: (n) => (n === 1 ? { act: 'late', delayNs: 10 * MS } : { act: 'answer' }) })
    const senders = addSenders(world)
    world.run(END)
    expectAllAnswered(world, senders, axes, 24)
    const late = world.guest.replies.filter((reply) => reply.at > 10 * MS)
    expect(late[0].commandId).toBe(world.device.heard[1].commandId)
    const others = world.guest.replies.filter((reply) => reply.at < 10 * MS)
    expect(others.length).toBeGreaterThanOrEqual(axes.submitter === 'goes-on' ? 23 : 16)
    expect(world.transport.port.counter('failed')).toBe(0)
  })
}

function twice(axes: Face): void {
  it('T3: an answer that comes twice is taken once', () => {
    const scenes: Scene[] = Array.from({ length: 24 }, (_, n) => ({ act: n % 3 === 1 && n < 16 ? 'twice' : 'answer' }))
    scenes[0] = { act: 'late', delayNs: 10 * MS } // a used element too many breaks a ring with nothing else in flight: see below
    const world = make(axes, { vcpus: 3, slots: 4, script: (n) => scenes[n] })
    const senders = addSenders(world)
    world.run(END)
    expectAllAnswered(world, senders, axes, 24)
    // A virtqueue counts the second used element; a done word that is written again looks like one that was written once.
    expect(world.transport.port.rejected).toBe(axes.carrier === 'virtqueue' ? 5 : 0)
    expect([...statuses(world).values()].every((status) => status === Status.OK)).toBe(true)
  })

  it('T3, T4: an answer that comes again when nothing is in flight completes nothing, and a reset mends what it broke', () => {
    const world = make(axes, { slots: 4 })
    addSender(world, 0, 1, 4)
    world.run(10 * MS)
    atTime(world, 11 * MS, (task) => world.device.repeatLast(task))
    world.run(20 * MS)
    expect([world.guest.replies.length, world.transport.port.inFlight]).toEqual([4, 0])
    const next = addSender(world, 0, 5, 5) // meets what is broken, and waits or fails
    world.run(30 * MS)
    atTime(world, 31 * MS, () => giveUp(world))
    world.run(40 * MS)
    const last = addSender(world, 0, 6, 6)
    world.run(END)
    expect([next.state, last.state, statuses(world).get(6), world.transport.port.broken]).toEqual([TaskState.DONE, TaskState.DONE, Status.OK, false])
    expect(world.guest.replies.map((reply) => reply.commandId)).toEqual([1, 2, 3, 4, 5, 6])
  })
}

/** Runs `what` in a task on the host at time `at`. */
function atTime(world: World, at: number, what: (task: Task) => void): void {
  world.engine.addTask('operator', world.host, function* (task) {
    task.wakeAt = at
    yield AT_SLEEP
    what(task)
  })
}

/** The guest resets the device, and gives up what was in flight. */
function giveUp(world: World): void {
  world.device.letGo()
  world.transport.source.reset()
  world.transport.port.abandon()
  world.guest.releaseCompleted()
}

function missing(axes: Face): void {
  const script = (n: number): Scene => ({ act: n === 1 ? 'never' : 'answer' })

  /** Three senders, one of whose letters is never answered; the others go on. Held vCPUs are sent back. */
  function strand(): { world: World; senders: Task[]; lost: number } {
    const world = make(axes, { vcpus: 3, slots: 4, script })
    const senders = addSenders(world)
    world.run(10 * MS)
    const lost = world.device.heard[1].commandId
    const before = world.guest.replies.length
    expect(world.transport.port.inFlight).toBe(1)
    expect(world.guest.replies.some((reply) => reply.commandId === lost)).toBe(false)
    expect(before).toBeGreaterThanOrEqual(axes.submitter === 'goes-on' ? 23 : 16)
    return { world, senders, lost }
  }

  it('T3, T4: an answer that never comes is given up once; its sender goes on, and so does the transport', () => {
    const { world, senders, lost } = strand()
    atTime(world, 11 * MS, () => giveUp(world))
    world.run(END)
    expect(senders.map((task) => task.state)).toEqual(senders.map(() => TaskState.DONE))
    expect(world.guest.replies.length).toBe(24)
    const failed = world.guest.replies.filter((reply) => reply.status !== Status.OK)
    expect(failed).toMatchObject([{ commandId: lost, status: Status.FAILED, context: 'process' }])
    expect([world.transport.port.counter('failed'), world.transport.port.inFlight, world.transport.port.broken]).toEqual([1, 0, false])
  })

  it('T3: the answer finds nothing when it comes after that', () => {
    const { world, lost } = strand()
    atTime(world, 11 * MS, () => giveUp(world))
    atTime(world, 30 * MS, (task) => world.device.answerKept(task))
    world.run(END)
    expect(world.transport.source.stale).toBe(1)
    expect(world.guest.replies.filter((reply) => reply.commandId === lost).length).toBe(1)
    const last = addSender(world, 0, 25, 26)
    world.run(2 * END)
    expect([last.state, statuses(world).get(26), world.guest.replies.length]).toEqual([TaskState.DONE, Status.OK, 26])
  })

  it('T3: a host that has not noticed the reset completes nothing, and cannot make the guest fail', () => {
    const { world, lost } = strand()
    atTime(world, 11 * MS, () => {
      world.device.letGo()
      world.transport.port.abandon() // without the device's side
      world.guest.releaseCompleted()
    })
    atTime(world, 30 * MS, (task) => world.device.answerKept(task))
    world.run(END)
    expect(world.guest.replies.filter((reply) => reply.commandId === lost).map((reply) => reply.status)).toEqual([Status.FAILED])
    const replies = world.guest.replies.length
    addSender(world, 1, 25, 25)
    world.run(2 * END)
    // The rings disagree about where they are, so the virtqueue stands still; a hypercall has no state to disagree about.
    const served = world.guest.replies.length - replies
    if (axes.packed === true) expect(served).toBeLessThanOrEqual(1) // it may stand where a new ring begins
    else expect(served).toBe(axes.carrier === 'virtqueue' ? 0 : 1)
  })
}

/** What only messages have: answers with a content, and requests that say what they are. */
function messages(axes: Face): void {
  it('T1: carries batches there and statuses back, unchanged', () => {
    const letters: Letter[] = [
      { commandId: 1, pfn: [] },
      { commandId: 2, pfn: [0], order: [10], kind: RequestKind.INFLATE },
      { commandId: 0xffff_ffff, pfn: [0xffff_ffff, 0, 0x8000_0000, 511], order: [0, 18, 9, 255], kind: RequestKind.DEFLATE },
      { commandId: 0, pfn: Array.from({ length: 32 }, (_, i) => i * 0x0800_0001) },
    ]
    const answers = [Status.PARTLY, Status.OK, Status.REJECTED, Status.INHIBITED]
    const world = make(axes, { script: (n) => ({ act: 'answer', status: answers[n] }) })
    const sender = world.task('sender', 0, function* (task) {
      for (const one of letters) {
        yield* world.guest.send(task, one)
        task.wakeAt = world.engine.now + MS
        yield AT_SLEEP
      }
    })
    world.run(END)
    expect(sender.state).toBe(TaskState.DONE)
    expect(world.device.heard).toEqual(letters.map(({ commandId, pfn, order, kind = RequestKind.REPORT }) => {
      return { commandId, kind, pfn: [...pfn], order: [...(order ?? pfn.map((_, i) => i % 11))], readable: true }
    }))
    expect(world.guest.replies.map(({ commandId, status }) => [commandId, status])).toEqual(letters.map(({ commandId }, i) => [commandId, answers[i]]))
  })

  it.each(['garbled', 'other run'] as const)('T3: an answer that is %s fails its request', (act) => {
    const world = make(axes, { vcpus: 3, slots: 4, script: (n) => ({ act: n === 2 ? act : 'answer' }) })
    const senders = addSenders(world)
    world.run(END)
    expectOneFailed(world, senders)
    expect([world.transport.port.counter('unreadable'), world.transport.port.rejected]).toEqual([1, 0])
  })

  it('T3: a request that the host cannot read is rejected', () => {
    const world = make(axes, {})
    const unknown = 99 as RequestKind
    const sender = world.task('sender', 0, function* (task) {
      for (let id = 1; id <= 3; id++) yield* world.guest.send(task, id === 2 ? { ...letter(id), kind: unknown } : letter(id))
    })
    world.run(END)
    expect(sender.state).toBe(TaskState.DONE)
    expect(world.device.heard.map((heard) => heard.readable)).toEqual([true, false, true])
    expect([1, 2, 3].map((id) => statuses(world).get(id))).toEqual([Status.OK, Status.REJECTED, Status.OK])
    expect([world.transport.source.unreadable, world.transport.port.counter('failed')]).toEqual([1, 0])
  })
}

/** Everybody is done, and the third request alone has failed. */
function expectOneFailed(world: World, senders: readonly Task[]): void {
  expect(senders.map((task) => task.state)).toEqual(senders.map(() => TaskState.DONE))
  expect([...statuses(world)].filter(([, status]) => status !== Status.OK)).toEqual([[world.device.heard[2].commandId, Status.FAILED]])
  expect(world.transport.port.counter('failed')).toBe(1)
}

function falseLength(axes: Face): void {
  it('T3: an answer that is too long fails its request', () => {
    const world = make(axes, { vcpus: 3, slots: 4, script: (n) => ({ act: n === 2 ? 'too long' : 'answer' }) })
    const senders = addSenders(world)
    if (axes.carrier === 'virtqueue') {
      // The chain stays in flight: what it holds is not to be believed.
      world.run(10 * MS)
      expect([world.transport.port.inFlight, world.transport.port.rejected]).toEqual([1, 1])
      giveUp(world)
    }
    world.run(END)
    expectOneFailed(world, senders)
    expect(world.transport.port.counter('unreadable')).toBe(axes.carrier === 'virtqueue' ? 0 : 1)
    expect(world.transport.port.rejected).toBe(1)
  })
}

/** A completion on a native wire says only that the device has done. */
function nativeConversation(axes: Face): void {
  it('T1: carries blocks there, and says OK whatever the device thinks of them', () => {
    const blocks = axes.role === QueueRole.INFLATE ? [0, 0xffff_ffff, 7, 7] : [0, 0x8000_0000, 1024, 1025]
    const orders = axes.role === QueueRole.INFLATE ? [0, 0, 0, 0] : [10, 9, 0, 0]
    const answers = [Status.PARTLY, Status.OK, Status.REJECTED, Status.INHIBITED]
    const world = make(axes, { script: (n) => ({ act: 'answer', status: answers[n] }) })
    world.task('sender', 0, function* (task) {
      for (let n = 1; n <= 4; n++) {
        yield* world.guest.send(task, { commandId: n, pfn: blocks.slice(0, n), order: orders.slice(0, n) })
        task.wakeAt = world.engine.now + MS
        yield AT_SLEEP
      }
    })
    world.run(END)
    expect(world.device.heard.map(({ pfn, order }) => [pfn, order])).toEqual([1, 2, 3, 4].map((n) => [blocks.slice(0, n), orders.slice(0, n)]))
    expect(world.guest.replies.map(({ commandId, status }) => [commandId, status])).toEqual([1, 2, 3, 4].map((n) => [n, Status.OK]))
  })
}
