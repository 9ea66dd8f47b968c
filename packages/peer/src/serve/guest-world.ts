/**
 * The model beside one real guest: an engine that lives in the time of the monotonic clock, the host's memory management, and the balloon device that the
 * guest's driver talks to. It is made anew for each memory table, with the guest's own addresses.
 *
 *   real guest  --rings in its memory-->  VirtioDevice -- BalloonModel -- BalloonDevice -- Vm (memslots, EPT, THP, costs)
 *               <--hole in its file-----  RealDiscard  <----------------- discarding
 *   its file    --pages that are there->  GuestTouches ---------------------faults-------> Vm
 */
import { Columns, gfn, PAGE_SIZE, PAGEBLOCK_PAGES, vpn } from '@hintlab/kit'
import { addExitTask, HostFrames, HostMm, Vm } from '@hintlab/host'
import { BalloonModel, costsOf } from '@hintlab/lab'
import type { DevicePersonality, RunOptions } from '@hintlab/lab'
import type { FeatureSet, RequestKind, Tap } from '@hintlab/protocol'
import { Measure, PRIORITY_HIGH } from '@hintlab/sim'
import type { Engine, Task } from '@hintlab/sim'
import { QueueTap, ringOptions, VirtioDevice } from '@hintlab/transport'
import type { QueuePlace } from '@hintlab/transport'
import type { ForeignMemory } from '../foreign-memory.ts'
import { VirtioBackEnd } from '../vhost-user/virtio-back-end.ts'
import { GuestTouches } from './guest-touches.ts'
import type { RealDiscard } from './real-discard.ts'

export interface WorldOptions {
  /** Costs, THP and what else the host's side has. */
  readonly run: RunOptions
  readonly personality: DevicePersonality
  readonly offers: FeatureSet
  readonly statsIntervalNs: number
  /** Free page hints are followed. The memory of a Linux guest that takes hinted pages back under pressure may be lost then. */
  readonly discardHints: boolean
  readonly tap: Tap | null
  /** A request, or a part of one, was carried out and is not answered yet. */
  readonly served: (kind: RequestKind, blocks: number, pages: number, rejected: number) => void
  /** A request has named a block of pages. */
  readonly named: (kind: RequestKind, first: number, order: number) => void
}

export interface GuestWorld {
  readonly engine: Measure
  readonly vm: Vm
  readonly model: BalloonModel
  readonly backEnd: VirtioBackEnd
  readonly touches: GuestTouches
  /** Where rings lie, by queue; set before a queue starts. */
  readonly places: Map<number, QueuePlace>
  /** Threads of the device, and the guest's vCPU with its exits: what the model books costs to. */
  readonly tasks: { readonly requests: Task; readonly stats: Task; readonly touches: Task; readonly exits: Task }
}

/** Frames beyond the guest's own pages: ranges that begin or end inside a huge page take whole ones. */
const SPARE_PAGES = 8 * PAGEBLOCK_PAGES

/** Builds the world for the table that `memory` has now. */
export function makeWorld(memory: ForeignMemory, discard: RealDiscard, options: WorldOptions): GuestWorld {
  const { run, personality, offers, statsIntervalNs, tap, served, named } = options
  const cols = new Columns()
  const places = new Map<number, QueuePlace>()
  const engine = new Measure(cols, costsOf(run), run.seed, { live: true })
  const host = engine.addCpu('device')
  const vcpu = engine.addCpu('vcpu0', { halts: true })
  const vm = makeVm(engine, memory, discard, vcpu, run.host)
  const model = new BalloonModel(engine, vm, memory, {
    personality, offers, statsIntervalNs, tapOf: (queue) => (tap === null ? null : new QueueTap(tap, memory, { queue, place: placeOf(queue) })),
    device: {
      ignoreBelowOrder: run.host['ignore-below-order'], inhibited: run.host.inhibited, doneAtStop: true,
      keepsHints: !options.discardHints, joins: true, served, named,
    },
  })
  const placeOf = (queue: number): QueuePlace => ringOptions(places.get(queue)!, virtio.negotiated)
  const virtio = new VirtioDevice(cols, { model, memory, queues: model.queues, tap })
  model.bind(virtio)
  const thread = { priority: PRIORITY_HIGH }
  const touches = new GuestTouches(engine, vm, memory)
  const tasks = {
    requests: engine.addTask('balloon device', host, (task) => model.requestThread(task), thread),
    stats: engine.addTask('balloon stats', host, (task) => model.statsThread(task), thread),
    touches: engine.addTask('guest', vcpu, (task) => touches.body(task)),
    exits: addExitTask(engine, vcpu, vm, []),
  }
  return { engine, vm, model, places, backEnd: new VirtioBackEnd(virtio, memory), touches, tasks }
}

/** Guest frames and virtual pages have the same numbers, so 2 MiB mappings line up. */
function makeVm(engine: Engine, memory: ForeignMemory, witness: RealDiscard, vcpu: Vm['vcpus'][number], host: RunOptions['host']): Vm {
  const slots = memory.regions.map(({ gpa, length }) => ({ first: gpa / PAGE_SIZE, pages: Math.floor(length / PAGE_SIZE) }))
  const end = Math.max(PAGEBLOCK_PAGES, ...slots.map(({ first, pages }) => first + pages))
  const span = Math.ceil(end / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES
  const backed = slots.reduce((sum, { pages }) => sum + Math.ceil(pages / PAGEBLOCK_PAGES) * PAGEBLOCK_PAGES, SPARE_PAGES)
  const frames = new HostFrames(engine.cols, backed)
  const mm = new HostMm(engine.cols, frames, { firstVpn: vpn(0), pages: span, ptReclaim: host['pt-reclaim'] })
  const vm = new Vm(engine, mm, { vcpus: [vcpu], witness })
  for (const { first, pages } of slots) {
    mm.addVma({ start: vpn(first), pages, thp: host.thp })
    vm.slots.add({ firstGfn: gfn(first), firstVpn: vpn(first), pages })
  }
  return vm
}
