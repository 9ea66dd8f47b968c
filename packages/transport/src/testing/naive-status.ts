/**
 * Status and features of a virtio device as a table: for each bit what must stand before it, in the order of initialisation. The specification that
 * `Negotiation` is compared with.
 */

interface Row {
  readonly bit: number
  readonly needs: number
}

const ACKNOWLEDGE = 1
const DRIVER = 2
const DRIVER_OK = 4
const FEATURES_OK = 8
const NEEDS_RESET = 64
const FAILED = 128

const ROWS: readonly Row[] = [
  { bit: ACKNOWLEDGE, needs: 0 },
  { bit: FAILED, needs: 0 },
  { bit: DRIVER, needs: ACKNOWLEDGE },
  { bit: FEATURES_OK, needs: ACKNOWLEDGE | DRIVER },
  { bit: DRIVER_OK, needs: FEATURES_OK },
]

export class NaiveStatus {
  status = 0
  /** The features that the driver wrote, as bit numbers. */
  features: Set<number> = new Set()
  private readonly acceptable: (features: ReadonlySet<number>) => boolean

  constructor(acceptable: (features: ReadonlySet<number>) => boolean) {
    this.acceptable = acceptable
  }

  writeFeatures(word: number, value: number): void {
    if ((this.status & FEATURES_OK) !== 0 || word > 1) return
    const kept = [...this.features].filter((bit) => Math.floor(bit / 32) !== word)
    const written = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => ((value >>> bit) & 1) === 1)
    this.features = new Set([...kept, ...written.map((bit) => bit + 32 * word)])
  }

  write(value: number): void {
    if (value === 0) {
      this.status = 0
      this.features = new Set()
      return
    }
    for (const { bit, needs } of ROWS) {
      if ((value & bit) === 0 || (this.status & bit) !== 0 || (this.status & needs) !== needs) continue
      // What leads into service does not follow on a failure; the first bit and FAILED itself may always be set.
      if (needs !== 0 && (this.status & (FAILED | NEEDS_RESET)) !== 0) continue
      if (bit === FEATURES_OK && !this.acceptable(this.features)) continue
      this.status |= bit
    }
  }

  needReset(): void {
    this.status |= NEEDS_RESET
  }
}
