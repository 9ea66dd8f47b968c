/**
 * Wires one machine: guest, transport and host around one engine. This is the only place that knows all of them.
 *
 *     vCPU 0..n   workload, kworkers, irq handlers, exit tasks          host CPU   device threads
 *          guest kernel --policy--> port | carrier | source <--device-- VM (memslots, EPT, mm, frames)
 *                    \__________________ ghost __________________________/
 */
import { assert, framesIn, MIB, ns, PAGE_SIZE, PAGEBLOCK_PAGES, pagesIn, vpn, gfn } from '@hintlab/kit'
import {
  AsyncBuffer, ALL_SAFEGUARDS, Balloon, BALLOON_PFNS, GuestKernel, Migratetype, NONE, PageAllocator, PageReporting, x86Layout, ZoneKind,
} from '@hintlab/guest'
import type { HintCounter, HintPolicy, HintSafeguards, Layout } from '@hintlab/guest'
import { addExitTask, HintDevice, HostFrames, HostMm, Vm } from '@hintlab/host'
import type { Doorbell, VmSafeguards } from '@hintlab/host'
import { ArenaMemory, PageOwner, QueueRole } from '@hintlab/protocol'
import type { Cpu, Engine } from '@hintlab/sim'
import { PRIORITY_HIGH } from '@hintlab/sim'
import { connect, DriverMemory, transportBytes } from '@hintlab/transport'
import type { Axes, HintRole, Transport } from '@hintlab/transport'
import { age } from './aging.ts'
import { Ghost } from './ghost.ts'
import type { RunOptions } from './options.ts'

/** An interface under study: a policy on a transport; null is a guest that hints nothing. */
export type Interface = { readonly policy: 'page-reporting' | 'async-buffer'; readonly axes: Axes } | null

export interface MachineSafeguards {
  readonly hint: HintSafeguards
  readonly vm: Partial<VmSafeguards>
}

export interface MachineOptions {
  readonly run: RunOptions
  readonly interface: Interface
  /** A balloon beside the hint policy, on this transport. */
  readonly balloon?: Axes
  /**
   * What virtqueues carry: messages, one queue per driver (the default), or the payloads of virtio-balloon, one queue per kind of request. Hypercalls carry
   * messages.
   */
  readonly wire?: 'protobuf' | 'native'
  readonly safeguards?: Partial<MachineSafeguards>
  /** Replaces the x86 layout that follows from guest.memory, and where the driver's pages lie (an address in pages outside that layout). */
  readonly tiny?: { layout: Layout; driverPfn: number }
}

export interface Machine {
  readonly engine: Engine
  readonly options: MachineOptions
  readonly vcpus: readonly Cpu[]
  readonly hostCpus: readonly Cpu[]
  readonly kernel: GuestKernel
  readonly vm: Vm
  readonly frames: HostFrames
  readonly ghost: Ghost
  readonly transport: Transport | null
  readonly device: HintDevice | null
  readonly policy: (HintPolicy & { readonly records: { counter(name: HintCounter): number } }) | null
  readonly balloon: Balloon | null
  readonly balloonDevice: HintDevice | null
  readonly balloonTransport: Transport | null
}

const HINT_TARGET = 0
const BALLOON_TARGET = 1

/** Builds a machine on an engine that has no task yet. `where` names the running step in violations. */
export function buildMachine(engine: Engine, options: MachineOptions, where: () => string): Machine {
  const { cols } = engine
  const { run } = options
  const { vcpus, hostCpus } = makeCpus(engine, run)
  const layout = options.tiny?.layout ?? x86Layout(run.guest.memory)
  const driverEnd = options.tiny === undefined ? 0 : options.tiny.driverPfn + 1
  const guestPages = Math.max(layout.pages, driverEnd)
  const hostFrames = hostFrameCount(run, guestPages, options.tiny !== undefined)
  const ghost = new Ghost(cols, vcpus.length, guestPages, hostFrames, () => engine.now, where)
  const kernel = makeKernel(engine, options, layout, ghost)
  const { vm, frames } = makeVm(engine, options, layout, guestPages, hostFrames, vcpus, ghost)
  const memory = new ArenaMemory(cols)
  const driver = pinDriverMemory(kernel, memory, options)
  if (options.tiny === undefined && run.start === 'aged') age(kernel, vm, ghost, engine.stream('aging'), run)
  ghost.startMeasuring(vm.residentPages)

  const parts = { engine, kernel, vm, memory, driver, vcpus, hostCpus, options }
  const hint = addHinting(parts)
  const balloon = addBalloon(parts)
  const doorbells = [...hint.bells, ...balloon.bells]
  for (const vcpu of vcpus) addExitTask(engine, vcpu, vm, doorbells)
  return {
    engine, options, vcpus, hostCpus, kernel, vm, frames, ghost,
    transport: hint.transport, device: hint.bells[0]?.device ?? null, policy: hint.policy,
    balloon: balloon.balloon, balloonDevice: balloon.bells[0]?.device ?? null, balloonTransport: balloon.transport,
  }
}

/** Compares every counter of the machine with its slow truth. */
export function checkMachine(machine: Machine): void {
  machine.kernel.check()
  machine.vm.check()
  machine.frames.check()
  machine.transport?.port.check()
  machine.transport?.source.check()
  machine.balloon?.check()
}

/** vCPUs and host CPUs: one each and one for the devices, or shared when the scenario gives fewer. */
function makeCpus(engine: Engine, run: RunOptions): { vcpus: Cpu[]; hostCpus: Cpu[] } {
  const shared = run.host.cpus
  const hostCpus = Array.from({ length: shared ?? 1 }, (_, i) => engine.addCpu(`host${i}`))
  const vcpus = Array.from({ length: run.guest.vcpus }, (_, i) => {
    return engine.addCpu(`vcpu${i}`, { halts: true, backing: shared === null ? null : hostCpus[i % shared] })
  })
  return { vcpus, hostCpus }
}

function hostFrameCount(run: RunOptions, guestPages: number, tiny: boolean): number {
  if (tiny) return Math.ceil(guestPages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES
  const bytes = run.host.memory ?? run.guest.memory + 64 * MIB
  return pagesIn(bytes)
}

function makeKernel(engine: Engine, options: MachineOptions, layout: Layout, ghost: Ghost): GuestKernel {
  const { run } = options
  const minFree = options.tiny === undefined ? run.guest['min-free-kbytes'] : 0
  const captures = options.interface?.policy === 'async-buffer'
  const mm = new PageAllocator(engine.cols, layout, {
    cpus: run.guest.vcpus,
    ...(minFree === null ? {} : { minFreeKbytes: minFree }),
    perCpuLists: options.tiny === undefined,
    captureCapacity: captures ? 4096 : 0,
  })
  if (run.ghost) mm.observer = ghost
  mm.freeAll()
  return new GuestKernel(engine, mm)
}

function makeVm(engine: Engine, options: MachineOptions, layout: Layout, guestPages: number, hostFrames: number, vcpus: readonly Cpu[], ghost: Ghost) {
  const { run, tiny } = options
  const frames = new HostFrames(engine.cols, hostFrames)
  const span = Math.ceil(guestPages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES
  const mm = new HostMm(engine.cols, frames, { firstVpn: vpn(0), pages: span, ...(tiny === undefined ? {} : { tablesMax: 2 }) })
  const vm = new Vm(engine, mm, {
    vcpus,
    witness: ghost,
    safeguards: options.safeguards?.vm ?? {},
    ...(tiny === undefined ? {} : { eptTablesMax: 5, tlbEntries: { small: 8, large: 2 } }),
  })
  // One slot per stretch of RAM; virtual pages have the guest's numbers, so 2 MiB mappings line up.
  const stretches = tiny === undefined ? mergeRam(layout) : [{ start: 0, end: span }]
  for (const { start, end } of stretches) {
    mm.addVma({ start: vpn(start), pages: end - start, thp: tiny === undefined ? run.host.thp : 'never' })
    vm.slots.add({ firstGfn: gfn(start), firstVpn: vpn(start), pages: end - start })
  }
  return { vm, frames }
}

function mergeRam(layout: Layout): { start: number; end: number }[] {
  const merged: { start: number; end: number }[] = []
  for (const { start, end } of layout.ram) {
    const last = merged[merged.length - 1]
    if (last !== undefined && last.end === start) last.end = end
    else merged.push({ start, end })
  }
  return merged
}

/** Takes the pages for rings and buffers from the guest's own allocator, as a driver does, and gives them bytes. */
function pinDriverMemory(kernel: GuestKernel, memory: ArenaMemory, options: MachineOptions): DriverMemory | null {
  const bytes = driverBytes(options)
  if (bytes === 0) return null
  let order = 0
  while (framesIn(order) * PAGE_SIZE < bytes) order++
  let first = options.tiny?.driverPfn ?? NONE
  if (first === NONE) {
    first = kernel.mm.allocSlow(0, order, Migratetype.UNMOVABLE, ZoneKind.NORMAL, 0)
    assert(first !== NONE, 'a booted guest has memory for its drivers')
    kernel.mm.pages.move(first, order, PageOwner.ALLOCATED, PageOwner.PINNED)
  }
  memory.addRegion(first * PAGE_SIZE, framesIn(order) * PAGE_SIZE)
  return new DriverMemory(first * PAGE_SIZE, framesIn(order) * PAGE_SIZE)
}

interface Parts {
  engine: Engine
  kernel: GuestKernel
  vm: Vm
  memory: ArenaMemory
  driver: DriverMemory | null
  vcpus: readonly Cpu[]
  hostCpus: readonly Cpu[]
  options: MachineOptions
}

/** A queue, or a hypercall: its size, and what travels there. */
interface Shape {
  readonly axes: Axes
  readonly entriesMax: number
  readonly slots: number
  readonly wire: 'protobuf' | 'native'
  /** Of a native queue. */
  readonly role: HintRole
}

const wireOf = (axes: Axes, { wire = 'protobuf' }: MachineOptions): Shape['wire'] => (axes.carrier === 'virtqueue' ? wire : 'protobuf')

function hintShape(options: MachineOptions, { policy, axes }: NonNullable<Interface>): Shape {
  const { reporting, 'async-buffer': buffer } = options.run
  const size = policy === 'page-reporting' ? { entriesMax: reporting.capacity, slots: 1 } : { entriesMax: buffer.entries, slots: buffer.slots }
  return { axes, ...size, wire: wireOf(axes, options), role: QueueRole.REPORTING }
}

/** One request at a time. Messages say whether they inflate or deflate; native ones have a queue for each. */
function balloonShapes(options: MachineOptions, axes: Axes): Shape[] {
  const wire = wireOf(axes, options)
  const roles = wire === 'native' ? [QueueRole.INFLATE, QueueRole.DEFLATE] : [QueueRole.INFLATE]
  return roles.map((role) => ({ axes, entriesMax: BALLOON_PFNS, slots: 1, wire, role }))
}

function driverBytes(options: MachineOptions): number {
  const { interface: face, balloon } = options
  const shapes = [...(face === null ? [] : [hintShape(options, face)]), ...(balloon === undefined ? [] : balloonShapes(options, balloon))]
  return shapes.reduce((sum, shape) => sum + transportBytes(shape), 0)
}

function addHinting(parts: Parts): { transport: Transport | null; bells: Doorbell[]; policy: PageReporting | AsyncBuffer | null } {
  const { engine, kernel, vcpus, options } = parts
  const face = options.interface
  if (face === null) return { transport: null, bells: [], policy: null }
  const { transports: [transport], bells } = addDevice(parts, 'hint', [hintShape(options, face)], HINT_TARGET)
  const safeguards = options.safeguards?.hint ?? ALL_SAFEGUARDS
  const { reporting, 'async-buffer': buffer } = options.run
  const policy = face.policy === 'page-reporting'
    ? new PageReporting(engine, kernel, transport.port, vcpus, {
      delayNs: ns(Math.round(reporting['delay-ms'] * 1e6)),
      capacity: reporting.capacity,
      order: Math.min(reporting.order, kernel.mm.core.maxOrder),
      budgetDivisor: reporting['budget-divisor'],
      safeguards,
    })
    : new AsyncBuffer(engine, kernel, transport.port, vcpus, {
      entries: buffer.entries,
      order: Math.min(buffer.order, kernel.mm.core.maxOrder),
      whenFull: buffer['when-full'],
      flushNs: ns(Math.round(buffer['flush-ms'] * 1e6)),
      sweep: buffer.sweep,
      safeguards,
    })
  transport.port.setClient(policy)
  kernel.policy = policy
  return { transport, bells, policy }
}

function addBalloon(parts: Parts): { transport: Transport | null; bells: Doorbell[]; balloon: Balloon | null } {
  const axes = parts.options.balloon
  if (axes === undefined) return { transport: null, bells: [], balloon: null }
  // Doorbells are numbered in the order in which devices are added.
  const target = parts.options.interface === null ? HINT_TARGET : BALLOON_TARGET
  const { transports, bells } = addDevice(parts, 'balloon', balloonShapes(parts.options, axes), target)
  const [inflate, deflate = inflate] = transports
  const balloon = new Balloon(parts.engine, parts.kernel, { inflate: inflate.port, deflate: deflate.port }, parts.vcpus[0], 0)
  for (const { port } of transports) port.setClient(balloon)
  return { transport: inflate, bells, balloon }
}

/** One device with its queues, the doorbells of which are numbered from `target` on; and, for threaded service, its thread. */
function addDevice(parts: Parts, label: string, shapes: readonly Shape[], target: number): { transports: Transport[]; bells: Doorbell[] } {
  const { engine, vm, memory, driver, vcpus, hostCpus, options } = parts
  assert(driver !== null, 'a machine with a device has driver memory')
  const transports = shapes.map((shape, i) => {
    return connect(engine, memory, driver, { label: i === 0 ? label : `${label} ${i}`, ...shape, target: target + i, irqCpu: vcpus[0] })
  })
  const device = new HintDevice(engine, vm, transports.map(({ source }) => source), {
    label,
    entriesMax: shapes[0].entriesMax,
    ignoreBelowOrder: options.run.host['ignore-below-order'],
    inhibited: options.run.host.inhibited,
  })
  const { service } = shapes[0].axes
  if (service === 'thread') {
    engine.addTask(`${label} device`, hostCpus[hostCpus.length - 1], (task) => device.threadBody(task), {
      priority: PRIORITY_HIGH,
      wakeNs: engine.costs.deviceWake,
    })
  }
  return { transports, bells: transports.map(({ source }) => ({ device, service, source })) }
}
