/**
 * The interrupt line of a function in front of a `VirtioDevice`: high while any interrupt of the device is not acknowledged (virtio 1.2, 2.4 and 4.2.2:
 * the ISR status). It is the device's interrupt sink, and the registers look again after each access, since one may acknowledge.
 */
import type { Columns, Footprint } from '@hintlab/kit'
import type { InterruptSink, VirtioDevice } from './virtio-device.ts'

export interface InterruptLineOptions {
  /** Name of the columns. */
  readonly label: string
  /** Shared object that the line belongs to: the registers. */
  readonly object: number
  /** Called when the level changes. */
  readonly line: ((level: boolean) => void) | null
}

export class InterruptLine implements InterruptSink {
  private readonly device: VirtioDevice
  private readonly line: ((level: boolean) => void) | null
  private readonly level: Uint32Array
  private readonly footprint: Footprint
  private readonly object: number

  /** Becomes the interrupt sink of `device`. */
  constructor(cols: Columns, device: VirtioDevice, { label, object, line }: InterruptLineOptions) {
    this.device = device
    this.line = line
    this.footprint = cols.footprint
    this.object = object
    this.level = cols.u32(`${label}.line`, 1, object)
    device.interrupts = this
  }

  queueInterrupt(): void {
    this.update()
  }

  configInterrupt(): void {
    this.update()
  }

  /** Drives the line to the level that the device's interrupt status asks for. */
  update(): void {
    const level = this.device.interruptStatus === 0 ? 0 : 1
    if (level === this.level[0]) return
    this.footprint.write(this.object)
    this.level[0] = level
    this.line?.(level === 1)
  }
}
