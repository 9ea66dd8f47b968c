/**
 * What a preset is made of: when the guest hints and what it buffers (a policy of the guest package), what its queues are like, what the host does besides
 * discarding, and which axes it can stand on. One file of this folder for each historical interface; `policy-parts.ts` lists them.
 *
 *     PolicyPart --queues--> transports --ports--> build --> BuiltPolicy
 *                --hostSide--> device options
 */
import type { Balloon, GuestKernel, HintCounter, HintPolicy, HintSafeguards, PageHooks } from '@hintlab/guest'
import type { DeviceOptions, HintDevice, Precopy, StatsCollector, Vm } from '@hintlab/host'
import type { HintClient, HintPort } from '@hintlab/protocol'
import type { Cpu, Engine, Task } from '@hintlab/sim'
import type { Axes, HintRole } from '@hintlab/transport'
import type { Ghost } from '../ghost.ts'
import type { RunOptions } from '../options.ts'
import type { SideChannel } from './side-channel.ts'

export const POLICIES = [
  'page-reporting', 'async-buffer', 'percpu-array', 'zone-bitmap', 'hypercall-thp', 'essa-log', 'balloon', 'free-page-hint',
] as const
export type PolicyName = (typeof POLICIES)[number]

/** A policy as a run reads it. */
export type RunPolicy = HintPolicy & { readonly records: { counter(name: HintCounter): number } }

export type Settings = Readonly<Record<string, number | string | boolean>>

export interface BuiltPolicy {
  readonly policy: RunPolicy
  /** Whoever gets the completions of its ports. */
  readonly client: HintClient<Task>
  readonly hooks?: PageHooks
  readonly balloon?: Balloon
  /** The migration that it serves. */
  readonly precopy?: Precopy
  /** Where the two sides learn of each other beside requests. */
  readonly side?: SideChannel
  /** Bodies of tasks that the host runs for it, on the CPU of the devices. */
  readonly hostTasks?: readonly { readonly name: string; readonly body: (task: Task) => Generator<number, void, void> }[]
}

/** A queue, or a hypercall. */
export interface QueueSize {
  /** Most entries of a request, and requests in flight at once. */
  readonly entriesMax: number
  readonly slots: number
  /** Of a native queue; reporting by default. */
  readonly role?: HintRole
}

export interface PolicyParts {
  readonly engine: Engine
  readonly kernel: GuestKernel
  readonly vm: Vm
  readonly ghost: Ghost
  /** In the order of `queues`. */
  readonly ports: readonly HintPort<Task>[]
  readonly device: HintDevice
  readonly vcpus: readonly Cpu[]
  readonly run: RunOptions
  /** What the interface itself says, beside the run. */
  readonly settings: Settings
  readonly safeguards: HintSafeguards
  /** Only for a part that has `stats`. */
  readonly stats: StatsCollector | null
}

/** A part of this folder has the name that scenarios and the command line know it by; one of your own (own-policy.ts) has any other. */
export interface PolicyPart {
  readonly name: string
  /** Who proposed it, when, and where: for the table of docs/interfaces.md. */
  readonly origin: string
  /** When it hints and what it buffers, in a sentence. */
  readonly idea: string
  /** Its group of the run options, where its constants are; null when only an interface's settings say them. */
  readonly group: Exclude<keyof RunOptions, 'seed' | 'start' | 'ghost'> | null
  /** Reads the notes that blocks leave in the free lists. */
  readonly captures: boolean
  /** Has the statistics queue of a balloon. */
  readonly stats?: boolean
  /** Safeguards without which it loses data. */
  readonly safeguards: readonly ('F1' | 'F2')[]
  /** Why it cannot stand on these axes; null when it can. */
  refuses(axes: Axes): string | null
  queues(run: RunOptions, wire: 'protobuf' | 'native', settings: Settings): readonly QueueSize[]
  build(parts: PolicyParts): BuiltPolicy
  /** What the host looks at besides requests. `built` is for later: the device is there first. */
  hostSide?(built: () => BuiltPolicy, settings: Settings): Pick<DeviceOptions, 'stillUnused' | 'command' | 'hinted' | 'keeps'>
  /** Settings that suit a guest of four pages. */
  tiny(settings: Settings): Settings
  /** Whether it hints only what merging forms: then the tasks of that guest hold two pages at once. */
  needsMerges?(settings: Settings): boolean
}

/** A policy whose thread or caller stands still until its report is done. */
export const mustWait = ({ submitter }: Axes): string | null => {
  return submitter === 'goes-on' ? 'this policy waits for its report, so its submitter cannot go on' : null
}

/** What only an instruction of the hardware fills. */
export const notOnLog = ({ carrier }: Axes): string | null => {
  return carrier === 'hardware-log' ? 'the log is filled by an instruction, which this policy does not use' : null
}

