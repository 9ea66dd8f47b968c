/** A VM with vCPUs, exit tasks and one host CPU on a measuring engine; and a request source whose requests a test writes down beforehand. */
import { Columns, gfn, vpn } from '@hintlab/kit'
import { EMPTY, ExitReason, RequestKind } from '@hintlab/protocol'
import type { HintBatch, HostWitness, RequestOutcome, RequestSource } from '@hintlab/protocol'
import { Kind, makeCosts, Measure, point } from '@hintlab/sim'
import type { CostName, Cpu, Point, Task } from '@hintlab/sim'
import { granuleOf, isHugetlb } from '../backing/backing.ts'
import type { Backing, Discard } from '../backing/backing.ts'
import { HugePool } from '../backing/huge-pool.ts'
import { HintDevice } from '../device.ts'
import type { DeviceOptions } from '../device.ts'
import { HostFrames } from '../mm/frames.ts'
import { HostMm } from '../mm/host-mm.ts'
import type { ThpPolicy } from '../mm/vmas.ts'
import type { Memslot } from '../mmu/memslots.ts'
import { addExitTask } from '../vcpu.ts'
import { FAULT, Vm } from '../vm.ts'
import type { VmSafeguards } from '../vm.ts'

const AT_FAULT = point(Kind.TRAP, 'test: EPT violation')
const AT_DONE = point(Kind.RUN, 'test: done')

export interface VmFixtureOptions {
  vcpus?: number
  frames?: number
  /** Of the one slot from gfn 0, and of the mm. */
  pages?: number
  /** Instead of that one slot. */
  slots?: readonly { gfn: number; vpn: number; pages: number }[]
  thp?: ThpPolicy
  /** What the memory is made of, and what a discard calls; a pool holds as many pages as the slots have. */
  backing?: Backing
  discard?: Discard
  ptReclaim?: boolean
  safeguards?: Partial<VmSafeguards>
  costs?: Partial<Record<CostName, number>>
}

export interface VmFixture {
  engine: Measure
  vm: Vm
  mm: HostMm
  frames: HostFrames
  pool: HugePool | undefined
  vcpus: Cpu[]
  host: Cpu
  /** Every range whose contents the host was about to drop: `gfn+count`. */
  discarded: string[]
  /** Runs a task on vCPU number `cpu`. */
  guest(cpu: number, body: (task: Task) => Generator<Point, void, void>): Task
  /** Discards a range in a task of the host CPU, from time `at` on. */
  discardAt(at: number, first: number, count: number): Task
}

export function makeVm(options: VmFixtureOptions = {}): VmFixture {
  const { vcpus: vcpuCount = 2, frames: frameCount = 2048, pages = 2048, thp = 'always', ptReclaim, safeguards = {}, costs } = options
  const { backing = 'anon', discard } = options
  const { slots = [{ gfn: 0, vpn: 0, pages }] } = options
  const engine = new Measure(new Columns(), makeCosts(costs), 1)
  const vcpus = Array.from({ length: vcpuCount }, (_, i) => engine.addCpu(`vcpu${i}`, { halts: true }))
  const host = engine.addCpu('host0')
  const frames = new HostFrames(engine.cols, frameCount)
  const pool = makePool(engine, frames, backing, slots.reduce((sum, slot) => sum + slot.pages, 0))
  const mm = new HostMm(engine.cols, frames, { firstVpn: vpn(0), pages: Math.max(pages, ...slots.map((s) => s.vpn + s.pages)), ptReclaim, pool })
  const discarded: string[] = []
  const witness: HostWitness = { zeroed: () => {}, residentChanged: () => {}, discarding: (first, count) => discarded.push(`${first}+${count}`) }
  const hostPagePages = isHugetlb(backing) ? 1 : granuleOf(backing)
  const vm = new Vm(engine, mm, { vcpus, witness, safeguards, hostPagePages, ...(discard === undefined ? {} : { discard }) })
  for (const slot of slots) {
    const place: Memslot = { firstGfn: gfn(slot.gfn), firstVpn: vpn(slot.vpn), pages: slot.pages }
    mm.addVma({ start: place.firstVpn, pages: slot.pages, thp, backing })
    vm.slots.add(place)
  }
  for (const vcpu of vcpus) addExitTask(engine, vcpu, vm, [])
  return {
    engine, vm, mm, frames, pool, vcpus, host, discarded,
    guest: (cpu, body) => engine.addTask(`guest ${cpu}`, vcpus[cpu], body),
    discardAt: (at, first, count) => engine.addTask('madvise', host, (task) => discardBody(task, vm, at, first, count)),
  }
}

function makePool(engine: Measure, frames: HostFrames, backing: Backing, pages: number): HugePool | undefined {
  const pageFrames = granuleOf(backing)
  return isHugetlb(backing) ? new HugePool(engine.cols, frames, { pageFrames, pages: pages / pageFrames }) : undefined
}

const AT_START = point(Kind.SLEEP, 'test: discard later')

function* discardBody(task: Task, vm: Vm, at: number, first: number, count: number): Generator<Point, void, void> {
  task.wakeAt = at
  yield AT_START
  yield* vm.discard(task, gfn(first), count)
}

/** A load or store by the guest: the host frame it went to, or FAULT when the host has no memory for it. */
export function* touch(vm: Vm, task: Task, cpu: number, page: number, write = true): Generator<Point, number, void> {
  for (;;) {
    const hfn = vm.translate(cpu, gfn(page), write)
    if (hfn !== FAULT) return hfn
    task.trap(ExitReason.EPT_VIOLATION, page)
    yield AT_FAULT
    if (task.trapResult < 0) return FAULT
  }
}

export interface ScriptedRequest {
  kind?: number
  run?: number
  extra?: number
  /** [pfn, order] */
  entries?: readonly (readonly [number, number])[]
  readable?: boolean
}

/** Hands out the requests in order; collects one line of text per answer. */
export class ScriptedSource implements RequestSource<Task> {
  readonly answers: string[] = []
  readonly outcomes: RequestOutcome[] = []
  readonly holdsCaller = false
  more = false
  readable = false
  private readonly requests: readonly ScriptedRequest[]
  private next = 0

  constructor(requests: readonly ScriptedRequest[]) {
    this.requests = requests
  }

  take(batch: HintBatch): number {
    const request = this.requests[this.next]
    if (request === undefined) return EMPTY
    const { kind = RequestKind.REPORT, run = 0, extra = 0, entries = [], readable = true } = request
    this.readable = readable
    batch.kind = kind as HintBatch['kind']
    batch.commandId = run
    batch.extra = extra
    entries.forEach(([pfn, order], i) => {
      batch.pfn[i] = pfn
      batch.order[i] = order
    })
    batch.count = entries.length
    return this.next++
  }

  answer(handle: number, outcome: RequestOutcome): void {
    this.answers.push(`${handle}: status ${outcome.status}, ${outcome.accepted} accepted, ${outcome.rejected} rejected, ${outcome.ignored} ignored`)
    this.outcomes.push({ ...outcome })
  }

  signal(): void {}
  arm(): boolean {
    return this.next < this.requests.length
  }

  disarm(): void {}
  rung(): void {}
  answered(): boolean {
    return true
  }
}

/** Serves the requests with a device of this VM, to the end. */
export function serve(
  fixture: VmFixture,
  requests: readonly ScriptedRequest[],
  options: Partial<DeviceOptions> = {},
): { device: HintDevice; source: ScriptedSource } {
  const { engine, vm, host } = fixture
  const source = new ScriptedSource(requests)
  const device = new HintDevice(engine, vm, source, { label: 'test', entriesMax: 1024, ...options })
  engine.addTask('device', host, function* (task) {
    yield* device.drain(task)
    yield AT_DONE
  })
  return { device, source }
}
