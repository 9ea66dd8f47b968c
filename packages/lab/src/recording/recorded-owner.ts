/** What the owner of a recorded device wanted, told to the model: a balloon of so many pages, a run of hints or none. */
import type { BalloonDevice } from '@hintlab/host'
import { HintCommand } from '@hintlab/protocol'

export class RecordedOwner {
  private readonly device: BalloonDevice
  /** A run of hints is wanted. */
  private runs = false

  constructor(device: BalloonDevice) {
    this.device = device
  }

  /** As the device's configuration says it: `commandId` above DONE asks for a run. */
  wants(target: number, commandId: number): void {
    const { device } = this
    if (device.target !== target) device.setTarget(target)
    const wanted = commandId > HintCommand.DONE
    if (wanted && !this.runs) device.runs.start()
    else if (!wanted && this.runs) device.runs.done()
    this.runs = wanted
  }

  /** The device was reset, and its run is over. */
  reset(): void {
    this.runs = false
  }
}
