/**
 * The smallest virtio device: it writes what it reads back into the same chain, cut at its writable bytes. Its configuration is 8 bytes that the driver
 * may write. The fake of the other side for tests of transports and drivers.
 */
import { commonFeatures } from '@hintlab/protocol'
import type { ConfigSpace, FeatureSet, GuestMemory } from '@hintlab/protocol'
import type { DeviceRing } from '../ring/ring.ts'
import { NONE } from '../ring/queue-options.ts'
import type { DeviceModel } from '../virtio/device-model.ts'
import type { VirtioDevice } from '../virtio/virtio-device.ts'

export const ECHO_DEVICE_ID = 42
const CONFIG_BYTES = 8

class EchoConfig implements ConfigSpace {
  readonly length = CONFIG_BYTES
  generation = 0
  readonly bytes = new Uint8Array(CONFIG_BYTES)

  read(offset: number, into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = offset + i < CONFIG_BYTES ? this.bytes[offset + i] : 0
  }

  write(offset: number, from: Uint8Array): void {
    for (let i = 0; i < from.length; i++) if (offset + i < CONFIG_BYTES) this.bytes[offset + i] = from[i]
  }
}

export interface EchoOptions {
  queues?: number
  sizeMax?: number
  /** A set that the device does not work with, although it offers all of it. */
  refuses?: FeatureSet | null
  /** Leaves what it pops until `serve` is called. */
  lazy?: boolean
}

export class EchoDevice implements DeviceModel {
  readonly deviceId = ECHO_DEVICE_ID
  readonly offered: FeatureSet
  readonly config = new EchoConfig()
  /** Set by the fixture: the device that this one stands behind. */
  front: VirtioDevice | null = null
  /** What the transport said, one line each. */
  readonly heard: string[] = []
  echoed = 0
  lazy: boolean
  private readonly memory: GuestMemory
  private readonly queues: number
  private readonly sizeMax: number
  private readonly refuses: FeatureSet | null
  private readonly rings: Map<number, DeviceRing> = new Map()

  constructor(memory: GuestMemory, offered: FeatureSet, options: EchoOptions = {}) {
    const { queues = 2, sizeMax = 256, refuses = null, lazy = false } = options
    this.memory = memory
    this.offered = offered
    this.queues = queues
    this.sizeMax = sizeMax
    this.refuses = refuses
    this.lazy = lazy
  }

  queueSizeMax(queue: number): number {
    return queue < this.queues ? this.sizeMax : 0
  }

  accepts(features: FeatureSet): boolean {
    if (this.refuses === null) return true
    const { low, high } = commonFeatures(features, this.refuses)
    return low === 0 && high === 0
  }

  negotiated(): void {
    this.heard.push('negotiated')
  }

  queueStarted(queue: number, ring: DeviceRing): void {
    this.heard.push(`started ${queue}`)
    this.rings.set(queue, ring)
    if (!this.lazy) this.serve(queue)
  }

  queueStopped(queue: number): void {
    this.heard.push(`stopped ${queue}`)
    this.rings.delete(queue)
  }

  notified(queue: number): void {
    this.heard.push(`notified ${queue}`)
    if (!this.lazy) this.serve(queue)
  }

  reset(): void {
    this.heard.push('reset')
    this.rings.clear()
  }

  /** Changes the configuration from the host's side. */
  change(offset: number, value: number): void {
    this.config.bytes[offset] = value
    this.config.generation = (this.config.generation + 1) >>> 0
    this.front?.configChanged()
  }

  /** Echoes what is available; at most a queue of chains, more when they are made available meanwhile. */
  serve(queue: number): void {
    const ring = this.rings.get(queue)
    if (ring === undefined) return
    do {
      for (let name = ring.pop(); name !== NONE; name = ring.pop()) {
        ring.push(name, this.echo(ring))
        this.echoed++
      }
    } while (ring.enableKicks() && !ring.needsReset)
    this.front?.publish(queue)
  }

  private echo({ chain }: DeviceRing): number {
    const bytes: number[] = []
    const buffer = new Uint8Array(64)
    for (let i = 0; i < chain.readableCount; i++) {
      const part = buffer.subarray(0, Math.min(chain.len[i], buffer.length))
      if (this.memory.read(chain.gpa[i], part)) bytes.push(...part)
    }
    let written = 0
    for (let i = chain.readableCount; i < chain.count && written < bytes.length; i++) {
      const part = Uint8Array.from(bytes.slice(written, written + chain.len[i]))
      if (!this.memory.write(chain.gpa[i], part)) break
      written += part.length
    }
    return written
  }
}
