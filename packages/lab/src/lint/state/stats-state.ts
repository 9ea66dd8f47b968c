/** The statistics queue: what each buffer held. */
export const STAT_BYTES = 10

export class StatsState {
  posted = 0
  answered = 0
  /** Tags of the first buffer, sorted; null before it. */
  tags: readonly number[] | null = null

  reset(): void {
    this.posted = 0
    this.answered = 0
    this.tags = null
  }
}

/** The tags of a statistics buffer, sorted. */
export function statTags(payload: Uint8Array): number[] {
  const tags = Array.from({ length: Math.floor(payload.length / STAT_BYTES) }, (_, i) => payload[i * STAT_BYTES] | (payload[i * STAT_BYTES + 1] << 8))
  return tags.sort((a, b) => a - b)
}
