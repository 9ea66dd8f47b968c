/**
 * A guest with the whole balloon driver on a modelled virtio device, behind virtio-mmio or PCI registers: every byte between the two goes through
 * registers and rings.
 *
 *   guest kernel -- BalloonDriver -- DriverBinding -- registers -- VirtioDevice -- BalloonModel -- BalloonDevice -- VM
 *                                        ^  kick: doorbell <role> = QueueNotify        line ----> irq
 *                                        +-------------------------------------------------------------+
 *
 * All of the guest's memory is backed by the host at the start, so that whatever the host takes is seen.
 */
import { assert, framesIn, gfn, MIB, PAGE_SIZE, PAGEBLOCK_PAGES, pagesIn, vpn } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { GuestKernel, Migratetype, NONE, PAGE_REPORTING_DEFAULTS, ALL_SAFEGUARDS, PageAllocator, x86Layout, ZoneKind } from '@hintlab/guest'
import type { BalloonDriverOptions } from '@hintlab/guest'
import { addExitTask, HostFrames, HostMm, Vm } from '@hintlab/host'
import { ArenaMemory, PageOwner, QueueRole } from '@hintlab/protocol'
import type { FeatureSet, Tap } from '@hintlab/protocol'
import { PRIORITY_HIGH } from '@hintlab/sim'
import type { Cpu, Engine } from '@hintlab/sim'
import { DriverMemory, MmioDevice, MmioDriver, PciDevice, PciDriver, VirtioDevice } from '@hintlab/transport'
import type { DriverBus } from '@hintlab/transport'
import { Ghost } from '../ghost.ts'
import { BalloonModel } from './balloon-model.ts'
import type { BalloonModelOptions } from './balloon-model.ts'
import { DriverBinding } from './driver-binding.ts'
import type { DevicePersonality, DriverPersonality } from './personalities.ts'

export interface BalloonMachineOptions {
  readonly driver: DriverPersonality
  readonly device: DevicePersonality
  /** What the device offers of what it can; all of it by default. */
  readonly offers?: FeatureSet
  /** Bytes of the guest; a multiple of 4 MiB. Below 3 GiB by far: every page is backed. */
  readonly memory?: number
  /** The registers between driver and device. */
  readonly bus?: 'mmio' | 'pci'
  readonly vcpus?: number
  /** Smallest order of a report. The default suits a small guest: nothing is reported when 32 such blocks are more than what is free. */
  readonly reportingOrder?: number
  readonly reportingDelayNs?: number
  readonly queueSizeMax?: number
  readonly statsIntervalNs?: number
  readonly model?: BalloonModelOptions['device']
  readonly fill?: NonNullable<BalloonDriverOptions['fill']>
  /** Hears both ends' registers, statuses and configuration. */
  readonly tap?: Tap | null
}

export interface BalloonMachine {
  readonly engine: Engine
  readonly vcpus: readonly Cpu[]
  readonly kernel: GuestKernel
  readonly vm: Vm
  readonly ghost: Ghost
  readonly model: BalloonModel
  readonly virtio: VirtioDevice
  readonly binding: DriverBinding
  /** What has bytes of the guest's memory, and what of it the driver has not carved yet. */
  readonly memory: ArenaMemory
  readonly driverMemory: DriverMemory
  check(): void
}

/** Pages that the driver pins: rings and buffers of two different negotiations. */
const DRIVER_ORDER = 8
const HOST_SPARE = 64 * MIB
/** Where firmware would put the registers of a PCI function: in the hole below 4 GiB. */
const PCI_WINDOW = { base: 0xfe00_0000, size: MIB }

/** Builds the machine on an engine that has no task yet; the driver is not bound (`binding.init`). */
export function buildBalloonMachine(engine: Engine, options: BalloonMachineOptions): BalloonMachine {
  const { cols } = engine
  const { memory: bytes = 48 * MIB, vcpus: vcpuCount = 1 } = options
  const host = engine.addCpu('host0')
  const vcpus = Array.from({ length: vcpuCount }, (_, i) => engine.addCpu(`vcpu${i}`, { halts: true }))
  const layout = x86Layout(bytes)
  const ghost = new Ghost(cols, vcpuCount, layout.pages, pagesIn(bytes + HOST_SPARE), () => engine.now, () => `${engine.now} ns`)
  const mm = new PageAllocator(cols, layout, { cpus: vcpuCount })
  mm.observer = ghost
  mm.freeAll()
  const kernel = new GuestKernel(engine, mm)
  const vm = backedVm(engine, layout.pages, vcpus, ghost)
  const memory = new ArenaMemory(cols)
  const driverMemory = pinDriverMemory(kernel, memory)
  ghost.startMeasuring(vm.residentPages)

  const { model, virtio } = addDevice(engine, vm, memory, host, options)
  const line = { rise: (): void => {} }
  const bus = makeBus(cols, virtio, options.bus ?? 'mmio', () => line.rise())
  const binding = new DriverBinding(engine, kernel, memory, driverMemory, bus, vcpus, {
    personality: options.driver,
    queueSizeMax: options.queueSizeMax ?? 128,
    ...(options.fill && { fill: options.fill }),
    reporting: {
      ...PAGE_REPORTING_DEFAULTS,
      delayNs: options.reportingDelayNs ?? PAGE_REPORTING_DEFAULTS.delayNs,
      order: options.reportingOrder ?? 7,
      safeguards: ALL_SAFEGUARDS,
    },
  })
  line.rise = () => engine.raise(binding.irq)
  const registers = Object.values(QueueRole).map((role) => ({ written: () => binding.notify(role) }))
  for (const vcpu of vcpus) addExitTask(engine, vcpu, vm, registers)
  return {
    engine, vcpus, kernel, vm, ghost, model, virtio, binding, memory, driverMemory,
    check: () => {
      kernel.check()
      vm.check()
      virtio.check()
      binding.check()
    },
  }
}

/** The register model in front of the device, and the driver's view of it. `rise` is called when the interrupt line rises. */
function makeBus(cols: Columns, virtio: VirtioDevice, bus: 'mmio' | 'pci', rise: () => void): DriverBus {
  const line = (level: boolean): void => (level ? rise() : undefined)
  return bus === 'mmio'
    ? new MmioDriver(new MmioDevice(cols, virtio, { line }))
    : new PciDriver(new PciDevice(cols, virtio, { line }), PCI_WINDOW)
}

/** The device with its two threads on the host's CPU. */
function addDevice(
  engine: Engine, vm: Vm, memory: ArenaMemory, host: Cpu, options: BalloonMachineOptions,
): { model: BalloonModel; virtio: VirtioDevice } {
  const model = new BalloonModel(engine, vm, memory, {
    personality: options.device,
    statsIntervalNs: options.statsIntervalNs ?? 0,
    ...(options.offers && { offers: options.offers }),
    ...(options.model && { device: options.model }),
  })
  const virtio = new VirtioDevice(engine.cols, { model, memory, queues: model.queues, tap: options.tap ?? null })
  model.bind(virtio)
  const thread = { priority: PRIORITY_HIGH, wakeNs: engine.costs.deviceWake }
  engine.addTask('balloon device', host, (task) => model.requestThread(task), thread)
  engine.addTask('balloon device stats', host, (task) => model.statsThread(task), thread)
  return { model, virtio }
}

function backedVm(engine: Engine, pages: number, vcpus: readonly Cpu[], ghost: Ghost): Vm {
  const frames = new HostFrames(engine.cols, pages + pagesIn(HOST_SPARE))
  const mm = new HostMm(engine.cols, frames, { firstVpn: vpn(0), pages })
  const vm = new Vm(engine, mm, { vcpus, witness: ghost })
  mm.addVma({ start: vpn(0), pages, thp: 'always' })
  vm.slots.add({ firstGfn: gfn(0), firstVpn: vpn(0), pages })
  for (let first = 0; first < pages; first += PAGEBLOCK_PAGES) vm.prefault(gfn(first), true)
  return vm
}

function pinDriverMemory(kernel: GuestKernel, memory: ArenaMemory): DriverMemory {
  const first = kernel.mm.allocSlow(0, DRIVER_ORDER, Migratetype.UNMOVABLE, ZoneKind.NORMAL, 0)
  assert(first !== NONE, 'a booted guest has memory for its drivers')
  kernel.mm.pages.move(first, DRIVER_ORDER, PageOwner.ALLOCATED, PageOwner.PINNED)
  const bytes = framesIn(DRIVER_ORDER) * PAGE_SIZE
  memory.addRegion(first * PAGE_SIZE, bytes)
  return new DriverMemory(first * PAGE_SIZE, bytes)
}
