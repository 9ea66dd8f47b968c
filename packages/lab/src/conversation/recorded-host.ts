/**
 * The host of a recording: everything that the recorded host did to the guest, at the time at which it did it, and nothing of its own.
 *
 *     vCPU traps     -> the next recorded stay of this CPU: the same reason, target and time? Then as long as recorded, with its result
 *     a page is touched -> a fault when the next recorded stay of this CPU is one for this page, left at this very time
 *     the guest asks whether to kick -> yes when the next recorded kick is due now
 *     recorded answers, interrupts and lost time -> from a task of the host's CPU, at their times
 */
import { FAULT } from '@hintlab/host'
import { decodeAnswer, EMPTY, ExitReason, makeAnswer, makeBatch, BATCH_ENTRIES_MAX, Status } from '@hintlab/protocol'
import type { TapEvent } from '@hintlab/protocol'
import { Cause, Kind, Measure, point, TaskKind } from '@hintlab/sim'
import type { Cpu, Point, Task, TaskBody, TaskOptions } from '@hintlab/sim'
import type { Transport } from '@hintlab/transport'
import type { Machine } from '../machine.ts'
import { Diverged } from './divergence.ts'
import { kindOf } from './event-text.ts'
import { HINT_QUEUE } from './record-machine.ts'

const AT_STAY = point(Kind.RUN, 'recorded host: as long as recorded')
const AT_RETURN = point(Kind.RETURN, 'recorded host: back to the guest')
const AT_NEXT = point(Kind.SLEEP, 'recorded host: until the next recorded event')

/** What the host did outside of a stay of a vCPU. */
const HOST_DID = new Set(['used', 'interrupt', 'hypercallReturn', 'cpuTime'])

/** Builds machines without a host: no task of the host runs, and exits go to the recording. */
export class GuestOnlyMeasure extends Measure {
  host: RecordedHost | null = null

  override addTask(name: string, cpu: Cpu, body: TaskBody, options: TaskOptions = {}): Task {
    if (!cpu.halts) return super.addTask(name, cpu, ends, options)
    return super.addTask(name, cpu, options.kind === TaskKind.EXIT ? (task) => this.exits(task) : body, options)
  }

  addHost(cpu: Cpu, host: RecordedHost): void {
    this.host = host
    super.addTask('recorded host', cpu, (task) => host.body(task))
  }

  private *exits(task: Task): Generator<Point, void, void> {
    for (;;) {
      this.host?.stay(task)
      yield AT_STAY
      this.host?.answerDue(task)
      yield AT_RETURN
    }
  }
}

function* ends(): Generator<Point, void, void> {}

export class RecordedHost {
  private readonly engine: Measure
  private readonly machine: Machine
  /** By vCPU: its recorded stays, and how many of them have been. */
  private readonly stays: TapEvent[][]
  private readonly done: number[]
  private readonly kicks: readonly TapEvent[]
  private kicked = 0
  private readonly doings: readonly TapEvent[]
  private did = 0
  private readonly open: { readonly handle: number; readonly arg: number }[] = []
  private readonly calls: number[] = []
  private readonly batch = makeBatch(BATCH_ENTRIES_MAX)
  private readonly answer = makeAnswer()

  constructor(engine: Measure, machine: Machine, events: readonly TapEvent[]) {
    this.engine = engine
    this.machine = machine
    this.stays = machine.vcpus.map((_, vcpu) => events.filter((event) => kindOf(event) === 'exit' && (event.cpu ?? 0) === vcpu))
    this.done = machine.vcpus.map(() => 0)
    this.kicks = events.filter((event) => kindOf(event) === 'kick')
    this.doings = events.filter((event) => HOST_DID.has(kindOf(event) ?? ''))
    const { vm, transport } = machine
    vm.translate = (vcpu, gfn) => (this.faults(vcpu, gfn) ? FAULT : gfn)
    if (transport !== null && transport.place !== null) transport.guestWire.needsKick = () => this.wantsKick()
  }

  /** The recorded stays that have been. */
  get staysDone(): number {
    return this.done.reduce((sum, n) => sum + n, 0)
  }

  /** For a report: how far the recorded host has got. */
  get state(): Record<string, number> {
    return { stays: this.staysDone, doings: this.did, requestsOpen: this.open.length }
  }

  /** A recorded stay that was to be by now and has not been. */
  missed(): TapEvent | null {
    const left = this.stays.flatMap((stays, vcpu) => stays.slice(this.done[vcpu], this.done[vcpu] + 1))
    return left.find(({ exit }) => (exit?.enteredNs ?? 0) < this.engine.now) ?? null
  }

  /** A vCPU is in the host. */
  stay(task: Task): void {
    const guest = task.trappedBy!
    const vcpu = this.machine.vcpus.indexOf(task.cpu)
    const event = this.stays[vcpu][this.done[vcpu]++] ?? null
    const { trapReason: reason, trapTarget: target, trapArg: arg } = guest
    const here = `${REASONS[reason] ?? reason} of 0x${target.toString(16)}, argument 0x${arg.toString(16)}, at ${this.engine.now} ns`
    if (event === null) throw new Diverged(`vCPU ${vcpu} leaves the guest, where the recording has no further exit`, null, here)
    const { exit } = event
    const same = (exit?.reason ?? 0) === reason && (exit?.target ?? 0) === target && (exit?.arg ?? 0) === arg && (exit?.enteredNs ?? 0) === this.engine.now
    if (!same) throw new Diverged(`vCPU ${vcpu} leaves the guest in another way or at another time`, event, here)
    if (reason === ExitReason.HYPERCALL) {
      this.machine.transport?.source.rung(arg)
      this.calls.push(arg)
    }
    guest.trapResult = exit?.result ?? 0
    task.charge(exit?.busyNs ?? 0, Cause.EXIT)
  }

  /** Does what the host did, in its order. */
  *body(task: Task): Generator<Point, void, void> {
    while (this.did < this.doings.length) {
      const { timeNs } = this.doings[this.did]
      if ((timeNs ?? 0) > this.engine.now) {
        task.wakeAt = timeNs ?? 0
        yield AT_NEXT
      } else this.does(task, this.doings[this.did++])
    }
  }

  /** Answers that are due at the very end of a stay are there when the guest goes on. */
  answerDue(task: Task): void {
    for (let next = this.doings[this.did]; next !== undefined && isAnswer(next) && (next.timeNs ?? 0) <= this.engine.now; next = this.doings[this.did]) {
      this.did++
      this.does(task, next)
    }
  }

  private does(task: Task, event: TapEvent): void {
    const { transport, vcpus } = this.machine
    const { used, interrupt, hypercallReturn, cpuTime } = event
    if (cpuTime !== undefined && cpuTime !== null) vcpus[event.cpu ?? 0]?.current?.charge(cpuTime.lostNs ?? 0, Cause.TLB_FLUSH)
    else if (transport === null) throw new Diverged('the recorded host answers a guest that has no transport', event, null)
    else if (interrupt !== undefined && interrupt !== null) this.interrupts(task, transport, event)
    else if (used !== undefined && used !== null) this.answers(transport, event, ({ handle }) => handle === (used.head ?? 0))
    else this.answers(transport, event, ({ arg }) => arg === (hypercallReturn?.a0 ?? 0))
  }

  private interrupts(task: Task, { source }: Transport, event: TapEvent): void {
    const before = source.interrupts
    source.signal(task)
    if (source.interrupts === before) throw new Diverged('the recorded host interrupts, and this guest has asked not to be', event, null)
  }

  private answers({ source }: Transport, event: TapEvent, isIt: (request: { handle: number; arg: number }) => boolean): void {
    for (let handle = source.take(this.batch); handle !== EMPTY; handle = source.take(this.batch)) this.open.push({ handle, arg: this.calls.shift() ?? 0 })
    const at = this.open.findIndex(isIt)
    if (at < 0) throw new Diverged('the recorded host answers a request that this guest has not sent', event, null)
    const [{ handle }] = this.open.splice(at, 1)
    const { payload, used } = event
    const read = payload !== null && payload !== undefined && decodeAnswer(payload, this.answer)
    if (!read) this.answer.status = (used?.len ?? 0) === 0 ? Status.OK : Status.FAILED
    source.answer(handle, this.answer)
  }

  private faults(vcpu: number, gfn: number): boolean {
    const next = this.stays[vcpu][this.done[vcpu]]?.exit
    if (next === undefined || next === null) return false
    return next.reason === ExitReason.EPT_VIOLATION && (next.target ?? 0) === gfn && (next.leftNs ?? 0) === this.engine.now
  }

  private wantsKick(): boolean {
    const next = this.kicks[this.kicked]
    if (next === undefined || (next.kick?.queue ?? 0) !== HINT_QUEUE || (next.timeNs ?? 0) !== this.engine.now) return false
    this.kicked++
    return true
  }
}

const isAnswer = (event: TapEvent): boolean => kindOf(event) === 'used' || kindOf(event) === 'hypercallReturn'

const REASONS: Readonly<Record<number, string>> = {
  [ExitReason.EPT_VIOLATION]: 'EPT violation', [ExitReason.KICK]: 'kick', [ExitReason.HYPERCALL]: 'hypercall',
}
