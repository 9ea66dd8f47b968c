/**
 * A device that does what a script says, faults included: the fake of the host. It takes requests through the port as a device model does, in the
 * exit of the vCPU that rang or in a thread, and remembers each request as it arrived.
 *
 *     exit task --inline--> drain --> scene of request n: answer | late | never | twice | garbled | other run | too long
 *        \----thread----> thread --/                                 \--> late task, on the host CPU
 */
import { assert } from '@hintlab/kit'
import { ANSWER_BYTES_MAX, EMPTY, encodeAnswer, makeBatch, Status } from '@hintlab/protocol'
import type { GuestMemory, HintBatch, MemoryWindow, RequestOutcome } from '@hintlab/protocol'
import { Cause, Kind, point, PRIORITY_HIGH, TaskKind, WaitQueue } from '@hintlab/sim'
import type { Cpu, Engine, Point, Task } from '@hintlab/sim'
import type { Axes } from '../axes.ts'
import type { Transport } from '../connect.ts'
import type { HostCarrier } from '../carrier.ts'
import { DeviceQueue } from '../ring/device-queue.ts'
import { INDEX_MASK } from '../ring/event-index.ts'
import { RING_IDX, usedElement } from '../ring/layout.ts'
import { QueueDevice } from '../wire/queue-device.ts'

const AT_WORK = point(Kind.RUN, 'scripted device: at work')
const AT_DONE = point(Kind.RUN, 'scripted device: done')
const AT_IDLE = point(Kind.WAIT, 'scripted device: wait for a request')
const AT_LATE = point(Kind.WAIT, 'scripted device: wait until a late answer is due')
const AT_EXIT = point(Kind.RUN, 'scripted exit: in the host')
const AT_HELD = point(Kind.WAIT, 'scripted exit: vCPU held until the answer')
const AT_ENTRY = point(Kind.RETURN, 'scripted exit: back to the guest')

/** What the device does with one request. */
export interface Scene {
  readonly act: 'answer' | 'late' | 'never' | 'twice' | 'garbled' | 'other run' | 'too long'
  readonly status?: Status
  /** Of `late`: how much later, or when. */
  readonly delayNs?: number
  readonly at?: number
}

/** A request as it arrived. */
export interface Heard {
  readonly kind: number
  readonly commandId: number
  readonly pfn: number[]
  readonly order: number[]
  readonly readable: boolean
}

export interface ScriptedDeviceOptions {
  readonly axes: Axes
  readonly entriesMax: number
  /** Time that each request takes. */
  readonly workNs: number
  /** What to do with request number n, counted from 0. */
  readonly script: (n: number) => Scene
}

interface Pending {
  readonly handle: number
  readonly outcome: RequestOutcome
  readonly due: number
}

/** Letter n names pages from n times this. */
export const LETTER_PAGES = 1024

const NORMAL: Scene = { act: 'answer' }

export class ScriptedDevice {
  readonly heard: Heard[] = []
  /** Requests that were never answered. */
  readonly kept: Pending[] = []
  private readonly engine: Engine
  private readonly transport: Transport
  private readonly memory: GuestMemory
  private readonly options: ScriptedDeviceOptions
  private readonly late: Pending[] = []
  private readonly rung: WaitQueue
  private readonly answered: WaitQueue
  private readonly lateWork: WaitQueue
  private letsGo = false
  /** The request that was answered last: its handle, and where a hypercall's done word is. */
  private last = { handle: -1, doneGpa: 0 }

  constructor(engine: Engine, transport: Transport, memory: GuestMemory, options: ScriptedDeviceOptions) {
    this.engine = engine
    this.transport = transport
    this.memory = memory
    this.options = options
    this.rung = new WaitQueue(engine, 'scripted device rung')
    this.answered = new WaitQueue(engine, 'scripted device answered')
    this.lateWork = new WaitQueue(engine, 'scripted device late')
  }

  /** Adds the device's own tasks and the exit tasks of the vCPUs. */
  addTasks(vcpus: readonly Cpu[], host: Cpu): void {
    const { engine } = this
    const thread = { priority: PRIORITY_HIGH, wakeNs: engine.costs.deviceWake }
    if (this.options.axes.service === 'thread') engine.addTask('device', host, (task) => this.threadBody(task), thread)
    engine.addTask('late answers', host, (task) => this.lateBody(task), { priority: PRIORITY_HIGH })
    for (const vcpu of vcpus) engine.addTask(`exit ${vcpu.name}`, vcpu, (task) => this.exitBody(task), { kind: TaskKind.EXIT })
  }

  /** Sends vCPUs that are held for an answer back to the guest without one, from now on. */
  letGo(): void {
    this.letsGo = true
    this.answered.wakeAll()
  }

  /** Answers what was kept after all. `task` pays for the interrupt. */
  answerKept(task: Task): void {
    for (const { handle, outcome } of this.kept.splice(0)) this.answer(task, handle, outcome)
  }

  /** Says once more that the request that was answered last is done. */
  repeatLast(task: Task): void {
    const ring = this.splitRing()
    const { handle, doneGpa } = this.last
    const word = new Uint8Array(4)
    if (ring !== null) pushAgain(ring, handle)
    else if (this.memory.read(doneGpa, word)) this.memory.write(doneGpa, word)
    this.tell(task)
  }

  private *threadBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      yield* this.drain(task)
      this.rung.wait(task)
      yield AT_IDLE
    }
  }

  private *exitBody(task: Task): Generator<Point, void, void> {
    const { source } = this.transport
    for (;;) {
      const guest = task.trappedBy!
      const arg = guest.trapArg
      task.charge(this.engine.costs.exitKernel, Cause.EXIT)
      yield AT_EXIT
      source.rung(arg)
      if (this.options.axes.service === 'inline') yield* this.drain(task)
      else this.rung.wakeAll()
      while (source.holdsCaller && !source.answered(arg) && !this.letsGo) {
        this.answered.wait(task)
        yield AT_HELD
      }
      guest.trapResult = 0
      yield AT_ENTRY
    }
  }

  private *lateBody(task: Task): Generator<Point, void, void> {
    for (;;) {
      const due = this.late.filter((pending) => pending.due <= this.engine.now)
      for (const pending of due) {
        this.late.splice(this.late.indexOf(pending), 1)
        this.answer(task, pending.handle, pending.outcome)
      }
      yield AT_DONE
      this.lateWork.wait(task)
      if (this.late.length > 0) this.engine.wakeAt(task, Math.min(...this.late.map((pending) => pending.due)))
      yield AT_LATE
    }
  }

  private *drain(task: Task): Generator<Point, void, void> {
    const { source } = this.transport
    do {
      source.disarm()
      for (;;) {
        // A batch of its own: with inline service the exits of several vCPUs are in here at once.
        const batch = makeBatch(this.options.entriesMax)
        const handle = source.take(batch)
        if (handle === EMPTY) break
        const { kind, count } = batch
        const commandId = this.commandOf(batch)
        const scene = this.options.script(this.heard.length) ?? NORMAL
        const [pfn, order] = [[...batch.pfn.subarray(0, count)], [...batch.order.subarray(0, count)]]
        this.heard.push({ kind, commandId, pfn, order, readable: source.readable })
        const status = source.readable ? (scene.status ?? Status.OK) : Status.REJECTED
        task.charge(this.options.workNs, Cause.DEVICE)
        yield AT_WORK
        this.act(task, handle, scene, { status, accepted: count, rejected: 0, ignored: 0 }, commandId)
        yield AT_DONE
      }
    } while (source.arm())
  }

  private act(task: Task, handle: number, scene: Scene, outcome: RequestOutcome, commandId: number): void {
    switch (scene.act) {
      case 'late':
        this.late.push({ handle, outcome, due: scene.at ?? this.engine.now + (scene.delayNs ?? 0) })
        return this.lateWork.wakeAll()
      case 'never':
        this.kept.push({ handle, outcome, due: 0 })
        return
      case 'garbled':
        return this.write(task, handle, new Uint8Array(4).fill(0xff))
      case 'other run': {
        const bytes = new Uint8Array(ANSWER_BYTES_MAX)
        const length = encodeAnswer({ ...outcome, commandId: commandId + 1 }, bytes)
        return this.write(task, handle, bytes.subarray(0, length))
      }
      case 'too long':
        return this.lieAboutLength(task, handle, outcome)
      case 'twice':
        return this.answerTwice(task, handle, outcome)
      default:
        return this.answer(task, handle, outcome)
    }
  }

  private answer(task: Task, handle: number, outcome: RequestOutcome): void {
    this.answerQuietly(handle, outcome)
    this.tell(task)
  }

  private answerQuietly(handle: number, outcome: RequestOutcome): void {
    const { hostCarrier, source } = this.transport
    this.last = { handle, doneGpa: hostCarrier === null ? 0 : hostCarrier.answerGpa(handle) - 4 }
    source.answer(handle, outcome)
  }

  /** Writes an answer of its own making, under the port. */
  private write(task: Task, handle: number, bytes: Uint8Array): void {
    const hostCarrier = this.carrier()
    this.memory.write(hostCarrier.answerGpa(handle), bytes)
    hostCarrier.push(handle, bytes.length)
    this.tell(task)
  }

  private answerTwice(task: Task, handle: number, outcome: RequestOutcome): void {
    this.answerQuietly(handle, outcome)
    this.repeatLast(task)
  }

  private lieAboutLength(task: Task, handle: number, outcome: RequestOutcome): void {
    const ring = this.splitRing()
    this.answerQuietly(handle, outcome)
    if (ring !== null) stretchLast(ring)
    else this.memory.write(this.last.doneGpa, Uint8Array.of(0xff, 0xff, 0xff, 0x7f))
    this.tell(task)
  }

  /** An answer has become visible: pollers look, held callers look, and the guest is interrupted if it wants that. */
  private tell(task: Task): void {
    if (this.options.axes.notification !== 'interrupt') this.transport.port.watch.changed()
    this.transport.source.signal(task)
    this.answered.wakeAll()
  }

  /** A native request has no id: letters are known by the thousand of their first page. */
  private commandOf({ commandId, count, pfn }: HintBatch): number {
    return this.transport.hostCarrier !== null || count === 0 ? commandId : Math.floor(pfn[0] / LETTER_PAGES)
  }

  private carrier(): HostCarrier {
    const { hostCarrier } = this.transport
    assert(hostCarrier !== null, 'an answer can be forged where there is one')
    return hostCarrier
  }

  /** The ring under the wire, where it is one that can be made to lie. */
  private splitRing(): DeviceQueue | null {
    const { hostCarrier, hostWire } = this.transport
    const queue = hostCarrier ?? hostWire
    if (!(queue instanceof QueueDevice)) return null
    assert(queue.ring instanceof DeviceQueue, 'only a split ring can be made to lie')
    return queue.ring
  }
}

/**
 * DeviceQueue cannot be made to lie, so these reach behind it: its used ring, the indexes of the next element and of the published ones, and how many
 * of those no interrupt was asked for.
 */
interface Innards {
  readonly used: MemoryWindow
  readonly state: Int32Array
  readonly size: number
}
const USED_NEXT = 2
const PUBLISHED = 3
const UNASKED = 4

const innards = (ring: DeviceQueue): Innards => ring as unknown as Innards

/** A used element for a chain that was returned already; the device's own index moves on with it, so that what it pushes later is seen. */
function pushAgain(ring: DeviceQueue, head: number): void {
  const { used, state, size } = innards(ring)
  const at = usedElement(state[USED_NEXT] & (size - 1))
  used.store32(at, head)
  used.store32(at + 4, 0)
  state[USED_NEXT] = (state[USED_NEXT] + 1) & INDEX_MASK
  state[PUBLISHED] = state[USED_NEXT]
  state[UNASKED]++
  used.storeRelease16(RING_IDX, state[USED_NEXT])
}

/** The element that was pushed last claims more bytes than its chain has. */
function stretchLast(ring: DeviceQueue): void {
  const { used, state, size } = innards(ring)
  used.store32(usedElement((state[USED_NEXT] - 1) & (size - 1)) + 4, 0x7fff_ffff)
}
