/**
 * The driver's end of one queue, as wires use it: chains by slot, over a ring that comes and goes. What a chain holds is for the wire to say.
 *
 *     slot --addChain--> name of the chain  . . .  name --popUsed--> slot
 *
 * Without a ring there is no room for anything, and nothing comes back: the device is being reset, or was never started.
 */
import { assert } from '@hintlab/kit'
import type { Columns } from '@hintlab/kit'
import { ExitReason } from '@hintlab/protocol'
import type { Task } from '@hintlab/sim'
import { NONE } from '../carrier.ts'
import { BufferChain } from '../ring/buffer-chain.ts'
import type { DriverRing } from '../ring/ring.ts'
import type { QueueTap } from './queue-tap.ts'

export interface QueueDriverOptions {
  readonly label: string
  /** The doorbell number that a kick carries. */
  readonly target: number
  /** The largest ring that will be attached. */
  readonly queueSize: number
  /** Buffers of the longest chain. */
  readonly buffersMax: number
}

/** Index of `state`: the user wants no interrupts, of this ring or the next. */
const SILENT = 0

export class QueueDriver {
  answerLength = 0
  tap: QueueTap | null = null
  protected readonly cols: Columns
  protected readonly object: number
  /** To be filled before `postChain`. */
  protected readonly chain: BufferChain
  private attached: DriverRing | null = null
  private readonly slotOfName: Int32Array
  private readonly state: Uint8Array
  private readonly target: number

  constructor(cols: Columns, { label, target, queueSize, buffersMax }: QueueDriverOptions) {
    this.cols = cols
    this.object = cols.objects(`${label} slots`)
    this.chain = new BufferChain(cols, this.object, `${label}.request`, buffersMax)
    this.slotOfName = cols.i32(`${label}.slotOfName`, queueSize, this.object)
    this.state = cols.u8(`${label}.silent`, 1, this.object)
    this.target = target
  }

  get ring(): DriverRing | null {
    return this.attached
  }

  /** The queue was set up; nothing is in flight on it. */
  attach(ring: DriverRing): void {
    assert(this.attached === null, 'a queue has one ring at a time')
    assert(ring.size <= this.slotOfName.length, 'a ring is no larger than it was said to be')
    this.attached = ring
    if (this.state[SILENT] !== 0) ring.disableInterrupts()
  }

  /** The device was reset, or this queue was. The port above gives up what was in flight. */
  detach(): void {
    this.attached = null
  }

  needsKick(): boolean {
    return this.attached !== null && this.attached.needsKick()
  }

  prepareKick(task: Task): void {
    task.trap(ExitReason.KICK, this.target)
  }

  reap(): number {
    this.cols.footprint.read(this.object)
    const name = this.attached === null ? NONE : this.attached.popUsed()
    if (name < 0) return NONE
    this.answerLength = this.attached!.usedLength
    this.tap?.used(name, this.answerLength)
    return this.slotOfName[name]
  }

  enableInterrupts(): boolean {
    this.silence(0)
    return this.attached !== null && this.attached.enableInterrupts()
  }

  disableInterrupts(): void {
    this.silence(1)
    this.attached?.disableInterrupts()
  }

  get rejected(): number {
    if (this.attached === null) return 0
    const { bogusId, duplicate, badLength } = this.attached.counters
    return bogusId + duplicate + badLength
  }

  get broken(): boolean {
    return this.attached !== null && this.attached.broken
  }

  reset(): void {
    this.attached?.reset()
  }

  check(): void {
    this.attached?.check()
  }

  /** Shows the filled chain to the device, as the request of `slot`. False when the ring has no room for it, is broken, or is not there. */
  protected postChain(slot: number): boolean {
    const name = this.attached === null ? NONE : this.attached.addChain(this.chain)
    if (name < 0) return false
    this.slotOfName[name] = slot
    this.attached!.publish()
    this.tap?.chain(name, this.chain)
    return true
  }

  private silence(on: 0 | 1): void {
    this.cols.footprint.write(this.object)
    this.state[SILENT] = on
  }
}
