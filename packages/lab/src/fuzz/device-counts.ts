/** Everything that a device counts of its driver, as one row of numbers: by it a fuzzer knows what it has reached. */
import { CONFIG_COUNTERS, DEVICE_COUNTERS, RUN_COUNTERS, STATS_COUNTERS } from '@hintlab/host'
import { ChainFault, NATIVE_COUNTERS, NativeHintDevice, RingFault, VIRTIO_COUNTERS } from '@hintlab/transport'
import type { DeviceRing } from '@hintlab/transport'
import type { DeviceWorld } from './device-world.ts'

const CHAIN_FAULTS = Object.values(ChainFault).filter((fault) => fault !== ChainFault.NONE)
const RING_FAULTS = Object.values(RingFault).filter((fault) => fault !== RingFault.NONE)
const nameOf = (table: Readonly<Record<string, number>>, value: number): string => Object.keys(table).find((key) => table[key] === value)!

/** Without what cannot move here: the balloon device has a wait queue of its own, and with an interval of questions it would never come to rest. */
const REQUEST_COUNTERS = DEVICE_COUNTERS.filter((name) => name !== 'wakeups')
const BUFFER_COUNTERS = STATS_COUNTERS.filter((name) => name !== 'missed')

export const DEVICE_COUNT_NAMES: readonly string[] = [
  ...VIRTIO_COUNTERS.map((name) => `virtio ${name}`), ...REQUEST_COUNTERS.map((name) => `device ${name}`), ...BUFFER_COUNTERS.map((name) => `stats ${name}`),
  ...RUN_COUNTERS.map((name) => `runs ${name}`), ...CONFIG_COUNTERS.map((name) => `config ${name}`), ...NATIVE_COUNTERS.map((name) => `native ${name}`),
  'port unreadable', 'port stale', 'range rejected',
  ...CHAIN_FAULTS.map((fault) => `chain ${nameOf(ChainFault, fault)}`), ...RING_FAULTS.map((fault) => `ring ${nameOf(RingFault, fault)}`),
]

const at = (name: string): number => DEVICE_COUNT_NAMES.indexOf(name)
const CHAINS_AT = at('chain LOOP')
const RINGS_AT = at(`ring ${nameOf(RingFault, RING_FAULTS[0])}`)
const REQUESTS = at('device requests')
const BUFFERS = at('stats buffers')
/** What makes a ring, a chain or a payload malformed. */
const MALFORMED: readonly number[] = [
  at('virtio queueRefused'), at('device rejected'), at('device stale'), at('stats unknownTags'), at('runs staleCommands'),
  at('native misdirected'), at('native trailingBytes'), at('port unreadable'), at('range rejected'),
]

export class DeviceCounts {
  readonly sums = new Float64Array(DEVICE_COUNT_NAMES.length)
  malformed = 0
  chains = 0
  private readonly before = new Map<DeviceWorld, Float64Array>()
  private readonly now = new Float64Array(DEVICE_COUNT_NAMES.length)
  private readonly seen = new WeakMap<DeviceRing, Uint32Array>()

  /** Adds what has happened in this world since it was asked last. */
  take(world: DeviceWorld): void {
    const { now, sums } = this
    let last = this.before.get(world)
    if (last === undefined) this.before.set(world, (last = new Float64Array(now.length)))
    now.fill(0)
    this.read(world)
    let bad = 0
    for (let i = 0; i < CHAINS_AT; i++) {
      const fresh = now[i] - last[i]
      last[i] = now[i]
      now[i] = fresh
    }
    for (let i = 0; i < now.length; i++) sums[i] += now[i]
    // A ring or chain that cannot be read counts as often as it happened, a payload once however many of its bytes are wrong.
    for (let i = CHAINS_AT; i < now.length; i++) bad += now[i]
    if (bad === 0) for (const i of MALFORMED) if (now[i] > 0) bad = 1
    this.malformed += bad
    this.chains += now[REQUESTS] + now[BUFFERS]
  }

  private read({ virtio, model, ports, ringsSeen, ringFaults }: DeviceWorld): void {
    const { now } = this
    const { hints, stats, runs, config } = model.device
    let i = 0
    for (const name of VIRTIO_COUNTERS) now[i++] = virtio.counters.get(name)
    for (const name of REQUEST_COUNTERS) now[i++] = hints.counter(name)
    for (const name of BUFFER_COUNTERS) now[i++] = stats.counter(name)
    for (const name of RUN_COUNTERS) now[i++] = runs.counter(name)
    for (const name of CONFIG_COUNTERS) now[i++] = config.counter(name)
    for (const { native, unreadable, stale } of ports) {
      NATIVE_COUNTERS.forEach((name, k) => (now[i + k] += native.counter(name)))
      now[i + NATIVE_COUNTERS.length] += unreadable
      now[i + NATIVE_COUNTERS.length + 1] += stale
      if (native instanceof NativeHintDevice) now[i + NATIVE_COUNTERS.length + 2] += native.rejectedRanges
    }
    for (const ring of ringsSeen) this.readRing(ring)
    ringsSeen.clear()
    RING_FAULTS.forEach((fault, k) => (now[RINGS_AT + k] = ringFaults[fault]))
    ringFaults.fill(0)
  }

  private readRing(ring: DeviceRing): void {
    let before = this.seen.get(ring)
    if (before === undefined) this.seen.set(ring, (before = new Uint32Array(CHAIN_FAULTS.length)))
    CHAIN_FAULTS.forEach((fault, k) => {
      const count = ring.counters.malformedBy(fault)
      this.now[CHAINS_AT + k] += count - before[k]
      before[k] = count
    })
  }
}

