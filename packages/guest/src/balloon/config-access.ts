/**
 * The device's configuration space as the driver's parts reach it. On a real machine and in the model alike each access leaves the guest, so it is counted
 * and charged; the numbers are there when it returns.
 */
import { CONFIG_FIELD_BYTES } from '@hintlab/protocol'
import type { ConfigField } from '@hintlab/protocol'
import { Cause } from '@hintlab/sim'
import type { Engine, Task } from '@hintlab/sim'

/** The two accesses that the parts need of a bus. */
export interface ConfigBus {
  readConfig(offset: number, bytes: 1 | 2 | 4): number
  writeConfig(offset: number, bytes: 1 | 2 | 4, value: number): void
}

// Elements of the state column.
const READS = 0
const WRITES = 1
const ATTACHED = 2
const WORDS = 3

export class ConfigAccess {
  private readonly engine: Engine
  private readonly state: Float64Array
  private readonly object: number
  private bus: ConfigBus | null = null

  constructor(engine: Engine, label: string) {
    this.engine = engine
    this.object = engine.cols.objects(`${label} config accesses`)
    this.state = engine.cols.f64(`${label}.configAccesses`, WORDS, this.object)
  }

  /** Where the fields are from now on. */
  attach(bus: ConfigBus): void {
    this.engine.cols.footprint.write(this.object)
    this.bus = bus
    this.state[ATTACHED] = 1
  }

  /** There is no device any more. */
  detach(): void {
    this.engine.cols.footprint.write(this.object)
    this.state[ATTACHED] = 0
  }

  get attached(): boolean {
    this.engine.cols.footprint.read(this.object)
    return this.state[ATTACHED] === 1
  }

  get reads(): number {
    return this.state[READS]
  }

  get writes(): number {
    return this.state[WRITES]
  }

  /** The field, or 0 without a device. `task` pays for the exit. */
  read(task: Task, field: ConfigField): number {
    if (this.bus === null || !this.attached) return 0
    this.account(task, READS)
    return this.bus.readConfig(field, CONFIG_FIELD_BYTES)
  }

  write(task: Task, field: ConfigField, value: number): void {
    if (this.bus === null || !this.attached) return
    this.account(task, WRITES)
    this.bus.writeConfig(field, CONFIG_FIELD_BYTES, value)
  }

  private account(task: Task, which: typeof READS | typeof WRITES): void {
    this.engine.cols.footprint.write(this.object)
    this.state[which]++
    task.charge(this.engine.costs.exitUser, Cause.EXIT)
  }
}
