/**
 * Wires one machine: guest, transport and host around one engine. This is the only place that knows all of them.
 *
 *     vCPU 0..n   workload, kworkers, irq handlers, exit tasks          host CPU   device threads
 *          guest kernel --policy--> port | carrier | source <--device-- VM (memslots, EPT, mm, frames)
 *                    \__________________ ghost __________________________/
 */
import { assert, framesIn, MIB, PAGE_SIZE, PAGEBLOCK_PAGES, pagesIn, vpn, gfn } from '@hintlab/kit'
import {
  ALL_SAFEGUARDS, Balloon, BALLOON_PFNS, GuestKernel, Migratetype, NONE, PageAllocator, x86Layout, ZoneKind,
} from '@hintlab/guest'
import type { HintSafeguards, Layout } from '@hintlab/guest'
import { addExitTask, granuleOf, HintDevice, HostFrames, HostMm, HostReclaim, HugePool, isHugetlb, Khugepaged, SwapArea, Vm } from '@hintlab/host'
import type { Backing, DeviceOptions, Doorbell, NotifyRegister, Precopy, VmSafeguards } from '@hintlab/host'
import { ArenaMemory, PageOwner, QueueRole } from '@hintlab/protocol'
import type { GuestMemory, HintClient, StatsBatch } from '@hintlab/protocol'
import type { Cpu, Engine, Task } from '@hintlab/sim'
import { PRIORITY_HIGH } from '@hintlab/sim'
import { connect, DriverMemory, transportBytes } from '@hintlab/transport'
import type { Axes, HintRole, Transport } from '@hintlab/transport'
import { age } from './aging.ts'
import { addAssignedDevice } from './backing/dma-agent.ts'
import type { DmaAgent } from './backing/dma-agent.ts'
import { FrameTags } from './frame-tags.ts'
import { Ghost } from './ghost.ts'
import { addGuestMemory } from './guest-memory/add-guest-memory.ts'
import type { GuestFiles } from './guest-memory/add-guest-memory.ts'
import { fillCache } from './guest-memory/file-user.ts'
import type { Interface } from './interfaces.ts'
import type { RunOptions } from './options.ts'
import { policyPart, withInterface } from './presets/policy-parts.ts'
import type { BuiltPolicy, RunPolicy } from './presets/policy-part.ts'
import type { SideChannel } from './presets/side-channel.ts'
import { addStatsQueue, statsQueueBytes } from './presets/stats-queue.ts'

export type { Interface } from './interfaces.ts'

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
  /** What the names of its random streams begin with, so that guests of one host draw for themselves: '' for a guest that is alone. */
  readonly prefix: string
  readonly vcpus: readonly Cpu[]
  readonly hostCpus: readonly Cpu[]
  readonly kernel: GuestKernel
  readonly vm: Vm
  readonly frames: HostFrames
  readonly ghost: Ghost
  /** What an assigned device does, where there is one. */
  readonly dma: DmaAgent | null
  /** The page cache and who uses it, where the guest has one. */
  readonly files: GuestFiles | null
  /** Bytes of the pages that drivers have pinned. */
  readonly memory: GuestMemory
  readonly transport: Transport | null
  /** Whoever gets the completions of `transport`. */
  readonly client: HintClient<Task> | null
  readonly device: HintDevice | null
  readonly policy: RunPolicy | null
  readonly precopy: Precopy | null
  readonly balloon: Balloon | null
  readonly balloonDevice: HintDevice | null
  readonly balloonTransport: Transport | null
  /** Every queue, or hypercall, in the order of their doorbells. */
  readonly queues: readonly MachineQueue[]
  /** Where guest and host learn of each other beside requests. */
  readonly side: SideChannel | null
}

export interface MachineQueue {
  /** Its doorbell: what a kick or a hypercall names. */
  readonly number: number
  readonly role: HintRole | typeof QueueRole.STATS
  readonly wire: 'protobuf' | 'native'
  readonly entriesMax: number
  readonly transport: Transport | Transport<StatsBatch>
}

/** What the guests of one host share: its frames, what they hold, its CPUs, and reclaim where it has some. */
export interface HostParts {
  readonly frames: HostFrames
  readonly contents: FrameTags
  readonly cpus: readonly Cpu[]
  readonly reclaim: HostReclaim | null
  readonly khugepaged: Khugepaged | null
}

/** A guest's place on a host that it shares: the owners of its frames begin at `rmapBase`, the tags of its vCPUs at `firstWriter` of `writers`. */
export interface GuestPlace {
  readonly host: HostParts
  readonly name: string
  readonly rmapBase: number
  readonly firstWriter: number
  readonly writers: number
}

/** The host's side that guests share. kswapd and swap are there only where the scenario gives the host swap. */
export function makeHostParts(engine: Engine, run: RunOptions, hostFrames: number, cpus: readonly Cpu[]): HostParts {
  const swapSlots = pagesIn(run.host.swap)
  const contents = new FrameTags(engine.cols, hostFrames, { swapSlots, known: run.ghost })
  const frames = new HostFrames(engine.cols, hostFrames)
  const cpu = cpus[cpus.length - 1]
  // Memory that was discarded with MADV_FREE is only ever taken by reclaim.
  const swap = swapSlots === 0 ? undefined : new SwapArea(engine.cols, swapSlots)
  const reclaim = swap === undefined && run.host.discard !== 'free' ? null : new HostReclaim(engine, frames, { swap, contents, cpu })
  const khugepaged = run.host.khugepaged ? new Khugepaged(engine, frames, { cpu, contents }) : null
  return { frames, contents, cpus, reclaim, khugepaged }
}

/** A pool with a huge page for each of the guest's, where its memory is made of such pages. */
function makePool(engine: Engine, frames: HostFrames, backing: Backing, layout: Layout): HugePool | undefined {
  if (!isHugetlb(backing)) return undefined
  const pageFrames = granuleOf(backing)
  const pages = mergeRam(layout).reduce((sum, { start, end }) => sum + end - start, 0)
  return new HugePool(engine.cols, frames, { pageFrames, pages: pages / pageFrames })
}

const HINT_TARGET = 0

/**
 * Builds a machine: on an engine that has no task yet, or as one of several guests of a host (hosts/build-host.ts). `where` names the running step in
 * violations.
 */
export function buildMachine(engine: Engine, given: MachineOptions, where: () => string, place?: GuestPlace): Machine {
  const { cols } = engine
  const options: MachineOptions = { ...given, run: withInterface(given.run, given.interface) }
  const { run } = options
  const hostCpus = place?.host.cpus ?? makeHostCpus(engine, run)
  const vcpus = makeVcpus(engine, run, hostCpus, place?.name)
  const layout = options.tiny?.layout ?? x86Layout(run.guest.memory)
  const driverEnd = options.tiny === undefined ? 0 : options.tiny.driverPfn + 1
  const guestPages = Math.max(layout.pages, driverEnd)
  const hostFrames = hostFrameCount(run, guestPages, options.tiny !== undefined)
  const host = place?.host ?? makeHostParts(engine, run, hostFrames, hostCpus)
  const prefix = place === undefined ? '' : `${place.name} `
  const { firstWriter, writers } = place ?? { firstWriter: 0, writers: vcpus.length }
  const ghost = new Ghost(cols, vcpus.length, guestPages, { contents: host.contents, firstWriter, writers }, () => engine.now, where)
  const kernel = makeKernel(engine, options, layout, ghost)
  const vm = makeVm({ engine, options, layout, guestPages, host, vcpus, ghost, rmapBase: place?.rmapBase ?? 0 })
  const memory = new ArenaMemory(cols)
  const driver = pinDriverMemory(kernel, memory, options)
  const { files, aged } = addGuestMemory({ engine, prefix, kernel, vm, ghost, vcpus, run })
  if (options.tiny === undefined && run.start === 'aged') {
    age(kernel, vm, ghost, engine.stream(`${prefix}aging`), run, aged)
    fillCache(kernel, vm, ghost)
  }
  const dma = addAssignedDevice({ engine, vm, ghost, frames: host.frames, run, guestPages, prefix })
  ghost.startMeasuring(vm.residentPages)

  const parts = { engine, kernel, vm, ghost, memory, driver, vcpus, hostCpus, options }
  const hint = addHinting(parts)
  const balloon = addBalloon(parts, hint.bells.length)
  const doorbells = [...hint.bells, ...balloon.bells]
  for (const vcpu of vcpus) addExitTask(engine, vcpu, vm, doorbells)
  return {
    engine, options, prefix, vcpus, hostCpus, kernel, vm, frames: host.frames, ghost, dma, memory, files,
    transport: hint.transport, client: hint.built?.client ?? null, device: hint.device,
    policy: hint.built?.policy ?? null, precopy: hint.built?.precopy ?? null,
    side: hint.built?.side ?? null, queues: [...hint.queues, ...balloon.queues],
    balloon: hint.built?.balloon ?? balloon.balloon, balloonDevice: balloon.bells[0]?.device ?? null, balloonTransport: balloon.transport,
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

/** Host CPUs: as many as the scenario gives for vCPUs and devices to share, or one for the devices. */
export const makeHostCpus = (engine: Engine, run: RunOptions): Cpu[] => Array.from({ length: run.host.cpus ?? 1 }, (_, i) => engine.addCpu(`host${i}`))

/** vCPUs, each with a host CPU of its own, or on shared ones when the scenario gives fewer. */
function makeVcpus(engine: Engine, run: RunOptions, hostCpus: readonly Cpu[], guest?: string): Cpu[] {
  const shared = run.host.cpus !== null
  return Array.from({ length: run.guest.vcpus }, (_, i) => {
    const name = guest === undefined ? `vcpu${i}` : `${guest} vcpu${i}`
    return engine.addCpu(name, { halts: true, backing: shared ? hostCpus[i % hostCpus.length] : null })
  })
}

function hostFrameCount(run: RunOptions, guestPages: number, tiny: boolean): number {
  if (tiny) return Math.ceil(guestPages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES
  const bytes = run.host.memory ?? run.guest.memory + 64 * MIB
  return pagesIn(bytes)
}

function makeKernel(engine: Engine, options: MachineOptions, layout: Layout, ghost: Ghost): GuestKernel {
  const { run } = options
  const minFree = options.tiny === undefined ? run.guest['min-free-kbytes'] : 0
  const captures = options.interface !== null && policyPart(options.interface.policy).captures
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

interface VmParts {
  readonly engine: Engine
  readonly options: MachineOptions
  readonly layout: Layout
  readonly guestPages: number
  readonly host: HostParts
  readonly vcpus: readonly Cpu[]
  readonly ghost: Ghost
  readonly rmapBase: number
}

function makeVm(parts: VmParts): Vm {
  const { engine, options, layout, guestPages, host, vcpus, ghost, rmapBase } = parts
  const { run, tiny } = options
  const { frames, reclaim, khugepaged } = host
  const backing = tiny === undefined ? run.host.backing : 'anon'
  const span = Math.ceil(guestPages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES
  const mm = new HostMm(engine.cols, frames, {
    firstVpn: vpn(0), pages: span, rmapBase, swap: reclaim?.swap, pool: makePool(engine, frames, backing, layout),
    ptReclaim: run.host['pt-reclaim'],
    ...(tiny === undefined ? {} : { tablesMax: 2 }),
  })
  const vm = new Vm(engine, mm, {
    vcpus,
    witness: ghost,
    safeguards: options.safeguards?.vm ?? {},
    reclaim: reclaim ?? undefined,
    discard: run.host.discard,
    hostPagePages: isHugetlb(backing) ? 1 : granuleOf(backing),
    ...(tiny === undefined ? {} : { eptTablesMax: 5, tlbEntries: { small: 8, large: 2, giga: 1 } }),
  })
  // One slot per stretch of RAM; virtual pages have the guest's numbers, so 2 MiB mappings line up.
  const stretches = tiny === undefined ? mergeRam(layout) : [{ start: 0, end: span }]
  for (const { start, end } of stretches) {
    mm.addVma({ start: vpn(start), pages: end - start, thp: tiny === undefined ? run.host.thp : 'never', backing })
    vm.slots.add({ firstGfn: gfn(start), firstVpn: vpn(start), pages: end - start })
  }
  khugepaged?.addVm(vm)
  return vm
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
  ghost: Ghost
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

function hintShapes(options: MachineOptions, { policy, axes, settings = {} }: NonNullable<Interface>): Shape[] {
  const wire = wireOf(axes, options)
  return policyPart(policy).queues(options.run, wire, settings).map((size) => ({ axes, role: QueueRole.REPORTING, ...size, wire }))
}

/** One request at a time. Messages say whether they inflate or deflate; native ones have a queue for each. */
function balloonShapes(options: MachineOptions, axes: Axes): Shape[] {
  const wire = wireOf(axes, options)
  const roles = wire === 'native' ? [QueueRole.INFLATE, QueueRole.DEFLATE] : [QueueRole.INFLATE]
  return roles.map((role) => ({ axes, entriesMax: BALLOON_PFNS, slots: 1, wire, role }))
}

function driverBytes(options: MachineOptions): number {
  const { interface: face, balloon } = options
  const shapes = [...(face === null ? [] : hintShapes(options, face)), ...(balloon === undefined ? [] : balloonShapes(options, balloon))]
  const stats = face !== null && policyPart(face.policy).stats === true ? statsQueueBytes() : 0
  return shapes.reduce((sum, shape) => sum + transportBytes(shape), stats)
}

interface Hinting {
  readonly queues: readonly MachineQueue[]
  readonly transport: Transport | null
  readonly bells: (Doorbell | NotifyRegister)[]
  readonly device: HintDevice | null
  readonly built: BuiltPolicy | null
}

function addHinting(parts: Parts): Hinting {
  const { engine, kernel, memory, driver, vcpus, hostCpus, options } = parts
  const face = options.interface
  if (face === null) return { queues: [], transport: null, bells: [], device: null, built: null }
  const part = policyPart(face.policy)
  let built: BuiltPolicy | null = null
  const hostSide = part.hostSide?.(() => built!, face.settings ?? {}) ?? {}
  const { transports, bells, queues } = addDevice(parts, 'hint', hintShapes(options, face), HINT_TARGET, hostSide)
  const hostCpu = hostCpus[hostCpus.length - 1]
  const all: (Doorbell | NotifyRegister)[] = [...bells]
  const statsQueue = part.stats === true
    ? addStatsQueue({ engine, kernel, memory, driver: driver!, vcpu: vcpus[0], hostCpu, target: HINT_TARGET + bells.length })
    : null
  if (statsQueue !== null) {
    queues.push({ number: all.length, role: QueueRole.STATS, wire: 'protobuf', entriesMax: 0, transport: statsQueue.transport })
    all.push(statsQueue.bell)
  }
  const safeguards = options.safeguards?.hint ?? ALL_SAFEGUARDS
  const [{ device }] = bells
  const stats = statsQueue?.collector ?? null
  const ports = transports.map(({ port }) => port)
  const { vm, ghost } = parts
  const { run } = options
  if (vm.paging !== null) vm.paging.stillUnused = hostSide.stillUnused ?? null
  built = part.build({ engine, kernel, vm, ghost, ports, device, vcpus, run, settings: face.settings ?? {}, safeguards, stats })
  for (const { port } of transports) port.setClient(built.client)
  kernel.policy = built.policy
  kernel.hooks = built.hooks ?? null
  for (const { name, body } of built.hostTasks ?? []) engine.addTask(name, hostCpu, body, { wakeNs: engine.costs.deviceWake })
  return { queues, transport: transports[0], bells: all, device, built }
}

function addBalloon(parts: Parts, bellsBefore: number): { transport: Transport | null; bells: Doorbell[]; balloon: Balloon | null; queues: MachineQueue[] } {
  const axes = parts.options.balloon
  if (axes === undefined) return { transport: null, bells: [], balloon: null, queues: [] }
  // Doorbells are numbered in the order in which devices are added.
  const target = HINT_TARGET + bellsBefore
  const { transports, bells, queues } = addDevice(parts, 'balloon', balloonShapes(parts.options, axes), target)
  const [inflate, deflate = inflate] = transports
  const balloon = new Balloon(parts.engine, parts.kernel, { inflate: inflate.port, deflate: deflate.port }, parts.vcpus[0], 0)
  for (const { port } of transports) port.setClient(balloon)
  return { transport: inflate, bells, balloon, queues }
}

/** One device with its queues, the doorbells of which are numbered from `target` on; and, for threaded service, its thread. */
function addDevice(
  parts: Parts, label: string, shapes: readonly Shape[], target: number, hostSide: Partial<DeviceOptions> = {},
): { transports: Transport[]; bells: Doorbell[]; queues: MachineQueue[] } {
  const { engine, vm, memory, driver, vcpus, hostCpus, options } = parts
  assert(driver !== null, 'a machine with a device has driver memory')
  const transports = shapes.map((shape, i) => {
    return connect(engine, memory, driver, { label: i === 0 ? label : `${label} ${i}`, ...shape, target: target + i, irqCpu: vcpus[0] })
  })
  const device = new HintDevice(engine, vm, transports.map(({ source }) => source), {
    label,
    entriesMax: shapes[0].entriesMax,
    ignoreBelowOrder: options.run.host['ignore-below-order'],
    inhibited: options.run.host.inhibited || options.run.host['assigned-device'] === 'inhibit',
    ...hostSide,
  })
  const { service } = shapes[0].axes
  if (service === 'thread') {
    engine.addTask(`${label} device`, hostCpus[hostCpus.length - 1], (task) => device.threadBody(task), {
      priority: PRIORITY_HIGH,
      wakeNs: engine.costs.deviceWake,
    })
  }
  const queues = transports.map((transport, i): MachineQueue => {
    const { role, wire, entriesMax } = shapes[i]
    return { number: target + i, role, wire, entriesMax, transport }
  })
  return { transports, bells: transports.map(({ source }) => ({ device, service, source })), queues }
}
