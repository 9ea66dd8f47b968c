/**
 * Balloon drivers and devices in the field, by what makes them different. Every entry was observed or read in the source named beside it; null is what nobody
 * here knows, and then the strict behaviour stands in. `hintlab` is the specification to the letter, the text on queue numbers included.
 */
import { BALLOON_FEATURES, without } from '@hintlab/guest'
import type { DriverTraits } from '@hintlab/guest'
import { STRICT_CONFIG } from '@hintlab/host'
import type { ConfigTraits } from '@hintlab/host'
import { Feature, featureSet, SPEC_STAT_TAGS, STAT_TAGS } from '@hintlab/protocol'
import type { FeatureSet, Numbering } from '@hintlab/protocol'

/** A driver: what it takes and sends, and how it numbers queues. */
export interface DriverPersonality extends DriverTraits {
  readonly numbering: Numbering
  readonly source: string
}

/** A device: what it offers, and where it deviates from the strict one. */
export interface DevicePersonality {
  readonly source: string
  /** All it can offer; an owner may switch some off. */
  readonly offered: FeatureSet
  readonly numbering: Numbering
  /** Largest size of a queue by role: inflate, deflate, stats, free page, reporting. */
  readonly queueSizes: readonly [number, number, number, number, number]
  /** Length in used elements of chains that the device could write: rule 18 asks for 0. */
  readonly usedLength: 'zero' | 'sum'
  /** A queue whose feature the driver declined is not served (rule 84). */
  readonly checksAccepted: boolean | null
  /** The device starts only when every queue that it has was set up, those of declined features included. */
  readonly allQueuesNeeded: boolean
  /** Reports that are not whole aligned pages: their whole pages are taken, or none of them. */
  readonly misaligned: 'cut' | 'ignore' | null
  readonly config: ConfigTraits
  /** num_pages and actual survive a reset of the device. */
  readonly configSurvivesReset: boolean | null
  /** Tags of statistics it knows, and what becomes of a buffer with another one. */
  readonly knownTags: number
  readonly unknownTags: 'skipped' | 'fails' | null
  /** Run ids count from the one after this. */
  readonly hintIdMin: number | null
}

const RINGS_LINUX_6_1 = featureSet(Feature.EVENT_IDX, Feature.RING_PACKED, Feature.RING_RESET)
const RINGS_ALL = featureSet(Feature.EVENT_IDX, Feature.RING_PACKED, Feature.RING_RESET, Feature.INDIRECT_DESC, Feature.IN_ORDER)

export const DRIVERS = {
  linux: {
    source: 'Linux 6.1.192 against QEMU 7.2: bits 1, 2, 5, 29, 32, 40 taken, 28 and 4 declined',
    knows: union(BALLOON_FEATURES, RINGS_LINUX_6_1), numbering: 'dense-negotiated', poisoning: 'none', statTags: SPEC_STAT_TAGS, releaseBeforeAck: false,
  },
  'linux-6.12': {
    source: 'as linux; six more statistics since 6.12',
    knows: union(BALLOON_FEATURES, RINGS_LINUX_6_1), numbering: 'dense-negotiated', poisoning: 'none', statTags: STAT_TAGS, releaseBeforeAck: false,
  },
  hintlab: {
    source: 'virtio 1.2, section 5.5: queue numbers as the text has them',
    knows: union(BALLOON_FEATURES, RINGS_ALL), numbering: 'fixed', poisoning: 'none', statTags: SPEC_STAT_TAGS, releaseBeforeAck: false,
  },
} as const satisfies Record<string, DriverPersonality>
export type DriverName = keyof typeof DRIVERS

const { MUST_TELL_HOST, STATS_VQ, DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING, VERSION_1 } = Feature

export const DEVICES = {
  qemu: {
    source: 'QEMU 7.2.22 over qtest; deflate-on-oom, free-page-hint, free-page-reporting and packed are properties',
    offered: union(featureSet(STATS_VQ, DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING, VERSION_1), without(RINGS_ALL, Feature.IN_ORDER)),
    numbering: 'dense-offered', queueSizes: [128, 128, 128, 1024, 32], usedLength: 'zero', checksAccepted: false, allQueuesNeeded: false,
    misaligned: 'ignore', config: { writable: 'spec', poisonAnyTime: true }, configSurvivesReset: true,
    knownTags: SPEC_STAT_TAGS, unknownTags: 'skipped', hintIdMin: 2 ** 31,
  },
  firecracker: {
    source: 'firecracker src/vmm/src/devices/virtio/{balloon/device,mmio}.rs of 2024; hints and reports from its later documents',
    offered: featureSet(STATS_VQ, DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_REPORTING, VERSION_1),
    numbering: 'dense-offered', queueSizes: [256, 256, 256, 256, 256], usedLength: 'zero', checksAccepted: false, allQueuesNeeded: true,
    misaligned: null, config: { writable: 'all', poisonAnyTime: false }, configSurvivesReset: null,
    knownTags: SPEC_STAT_TAGS, unknownTags: 'fails', hintIdMin: null,
  },
  'cloud-hypervisor': {
    source: 'cloud-hypervisor virtio-devices/src/balloon.rs of 2023',
    offered: featureSet(DEFLATE_ON_OOM, PAGE_REPORTING, VERSION_1),
    numbering: 'dense-offered', queueSizes: [128, 128, 128, 128, 32], usedLength: 'sum', checksAccepted: true, allQueuesNeeded: false,
    misaligned: null, config: STRICT_CONFIG, configSurvivesReset: null,
    knownTags: SPEC_STAT_TAGS, unknownTags: null, hintIdMin: null,
  },
  hintlab: {
    source: 'virtio 1.2, section 5.5',
    offered: union(featureSet(MUST_TELL_HOST, STATS_VQ, DEFLATE_ON_OOM, FREE_PAGE_HINT, PAGE_POISON, PAGE_REPORTING, VERSION_1), RINGS_ALL),
    numbering: 'fixed', queueSizes: [256, 256, 256, 256, 256], usedLength: 'zero', checksAccepted: true, allQueuesNeeded: false,
    misaligned: 'cut', config: STRICT_CONFIG, configSurvivesReset: false,
    knownTags: STAT_TAGS, unknownTags: 'skipped', hintIdMin: 2,
  },
} as const satisfies Record<string, DevicePersonality>
export type DeviceName = keyof typeof DEVICES

/** What is not known of a device, by name of the trait. */
export function unknownTraits(personality: DevicePersonality): string[] {
  return Object.entries(personality).filter(([, value]) => value === null).map(([name]) => name)
}

export function union(...sets: readonly FeatureSet[]): FeatureSet {
  return sets.reduce((all, set) => ({ low: (all.low | set.low) >>> 0, high: (all.high | set.high) >>> 0 }), featureSet())
}
