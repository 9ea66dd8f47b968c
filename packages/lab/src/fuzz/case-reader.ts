/**
 * A fuzz case is a string of bytes, so that it can be stored, mutated and cut down; this reads one from front to back. Behind its end everything is 0.
 */

/** Words at which peers' arithmetic breaks: limits of widths, of queue sizes, of guest memory. */
const WORDS: readonly number[] = [
  0, 1, 2, 3, 7, 8, 15, 16, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000, 0xf_ffff, 0x10_0000, 0x3f_ffff, 0x40_0000, 0x7fff_ffff, 0x8000_0000,
  0x8000_0001, 0xffff_f000, 0xffff_fffe, 0xffff_ffff,
]

export class CaseReader {
  private bytes: Uint8Array = new Uint8Array(0)
  private at = 0

  begin(bytes: Uint8Array): void {
    this.bytes = bytes
    this.at = 0
  }

  get ended(): boolean {
    return this.at >= this.bytes.length
  }

  u8(): number {
    return this.at < this.bytes.length ? this.bytes[this.at++] : 0
  }

  u16(): number {
    const low = this.u8()
    return low | (this.u8() << 8)
  }

  u32(): number {
    const low = this.u16()
    return (low | (this.u16() << 16)) >>> 0
  }

  /** 0 to `bound` - 1, from one byte. */
  below(bound: number): number {
    return this.u8() % bound
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]
  }

  /** A word of 32 bits: small, one at which arithmetic breaks, or any. */
  word(): number {
    const kind = this.u8()
    if (kind < 96) return kind % 24
    if (kind < 208) return WORDS[kind % WORDS.length]
    return kind < 232 ? this.u16() : this.u32()
  }
}
