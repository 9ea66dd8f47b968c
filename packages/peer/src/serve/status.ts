/** Where one guest stands: the memory it really takes, what the model says of the same guest, and what its hints have cost there. */
import { PAGE_SIZE } from '@hintlab/kit'
import { STAT_TAG_NAMES, STAT_UNSET } from '@hintlab/protocol'
import type { StatTag } from '@hintlab/protocol'
import { CAUSE_NAMES } from '@hintlab/sim'
import type { Task } from '@hintlab/sim'
import type { ForeignMemory } from '../foreign-memory.ts'
import type { GuestWorld } from './guest-world.ts'
import type { RealDiscard } from './real-discard.ts'

/** Bytes, pages of 4 KiB and nanoseconds. */
export interface GuestStatus {
  readonly fileBytes: number
  readonly modelBytes: number
  /** 2 MiB mappings of the modeled EPT, those that hints have split, pages dropped and touched again. */
  readonly hugePages: number
  readonly splits: number
  readonly refaults: number
  readonly target: number
  readonly actual: number
  /** Pages given back so far, in so many holes, and holes that the system refused. */
  readonly discarded: number
  readonly holes: number
  readonly refusedHoles: number
  /** Booked so far, by task and cause; causes without a charge are left out. */
  readonly costs: Record<string, Record<string, number>>
  /** The guest's own statistics, as it sent them last. */
  readonly stats: Record<string, number>
}

export function statusOf(memory: ForeignMemory, world: GuestWorld, discard: RealDiscard): GuestStatus {
  const { vm, model, touches, tasks } = world
  const stats = STAT_TAG_NAMES.map((name, tag) => [name, model.device.stats.value(tag as StatTag)] as const).filter(([, value]) => value !== STAT_UNSET)
  return {
    fileBytes: memory.allocatedBytes(),
    modelBytes: vm.residentPages * PAGE_SIZE,
    hugePages: vm.ept.large,
    splits: vm.counter('splits'),
    refaults: touches.refaulted,
    target: model.device.target,
    actual: model.device.actual,
    discarded: discard.pages,
    holes: discard.holes,
    refusedHoles: discard.refused,
    costs: { device: costsOf(tasks.requests), guest: { ...costsOf(tasks.touches), ...costsOf(tasks.exits) } },
    stats: Object.fromEntries(stats),
  }
}

function costsOf(task: Task): Record<string, number> {
  const charged = CAUSE_NAMES.map((name, cause) => [name, task.account[cause]] as const).filter(([, ns]) => ns > 0)
  return Object.fromEntries(charged)
}
