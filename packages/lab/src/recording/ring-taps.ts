/**
 * Listens to the rings of a device whose other events a tap already gets: when a queue is enabled where the driver said, the end of it that `listen` reaches
 * is given a tap of its own. Hand this to the device as its tap, and everything arrives in one stream.
 *
 *   VirtioDevice --events--> RingTaps --> recorder, linter
 *        ring ---QueueTap------^
 */
import { Feature, hasFeature } from '@hintlab/protocol'
import type { FeatureSet, GuestMemory, messages, Tap, TapEvent } from '@hintlab/protocol'
import { QueueTap } from '@hintlab/transport'
import { QueueChange } from '../lint/seen.ts'

export interface RingTapsOptions {
  /** Where everything goes. */
  readonly tap: Tap
  readonly memory: GuestMemory
  /** Gives a queue's end its listener, or takes it away. */
  readonly listen: (queue: number, tap: QueueTap | null) => void
}

export class RingTaps implements Tap {
  private readonly options: RingTapsOptions
  private readonly setups = new Map<number, messages.QueueSetup.$Properties>()
  private features: FeatureSet = { low: 0, high: 0 }

  constructor(options: RingTapsOptions) {
    this.options = options
  }

  event(event: TapEvent): void {
    const { accepted, queueSetup, queueState } = event
    this.options.tap.event(event)
    if (accepted?.features) this.features = { low: accepted.features.low ?? 0, high: accepted.features.high ?? 0 }
    if (queueSetup) this.setups.set(queueSetup.queue ?? 0, queueSetup)
    if (queueState) this.changed(queueState.queue ?? 0, queueState.change ?? QueueChange.UNSPECIFIED)
  }

  private changed(queue: number, change: messages.QueueState.Change): void {
    const { tap, memory, listen } = this.options
    const setup = this.setups.get(queue)
    if (change === QueueChange.DISABLED) listen(queue, null)
    if (change !== QueueChange.ENABLED || setup === undefined) return
    const { size, descGpa, availGpa, usedGpa } = setup
    const packed = hasFeature(this.features, Feature.RING_PACKED)
    const place = { size: size ?? 0, descGpa: descGpa ?? 0, availGpa: availGpa ?? 0, usedGpa: usedGpa ?? 0, packed }
    listen(queue, new QueueTap(tap, memory, { queue, place }))
  }
}
