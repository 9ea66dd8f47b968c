/**
 * What one step of a task read and wrote. The explorer treats two steps as independent when their footprints do not meet, so a footprint
 * that forgets a write makes it blind; `Columns.changedOutside` is the audit that finds such a write.
 *
 * Recording is off outside exploration: then each call is one predictable branch.
 */
export class Footprint {
  recording = false
  private reads = new Set<number>()
  private writes = new Set<number>()

  /** Forgets what was recorded: called before each step. */
  begin(): void {
    this.reads.clear()
    this.writes.clear()
  }

  /** The running step has read shared object `id`. */
  read(id: number): void {
    if (this.recording) this.reads.add(id)
  }

  /** The running step may have written shared object `id`. */
  write(id: number): void {
    if (this.recording) this.writes.add(id)
  }

  /** As `write`, for `count` consecutive objects (the pages of a block). */
  writeRange(id: number, count: number): void {
    if (this.recording) for (let i = 0; i < count; i++) this.writes.add(id + i)
  }

  wrote(id: number): boolean {
    return this.writes.has(id)
  }

  /** True when the other step wrote something that this one read or wrote, or the other way round. */
  conflictsWith(other: Footprint): boolean {
    for (const id of this.writes) if (other.writes.has(id) || other.reads.has(id)) return true
    for (const id of this.reads) if (other.writes.has(id)) return true
    return false
  }
}
