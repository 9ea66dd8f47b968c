/**
 * The balloon's configuration space, as far as the conversation has shown it, and what the driver can know of it.
 *
 *   0 num_pages   4 actual   8 free_page_hint_cmd_id   12 poison_val
 */
import type { SeenConfig, SeenOf } from '../seen.ts'

export const ConfigField = { NUM_PAGES: 0, ACTUAL: 4, COMMAND: 8, POISON: 12 } as const
const BYTES = 16

export class ConfigState {
  private readonly bytes = new Uint8Array(BYTES)
  private readonly known = new Uint8Array(BYTES)
  /** What was read under the generation `generation`. */
  private readonly readBytes = new Int16Array(BYTES).fill(-1)
  private generation = -1
  /** The driver wrote poison_val since the last reset. */
  poisonWritten = false
  /** The driver wrote actual since the last reset. */
  actualWritten = false
  /** The command id that the driver read last; -1 before. */
  commandRead = -1

  /** The value of a field, or -1 when nobody has shown it. */
  field(offset: number): number {
    for (let i = offset; i < offset + 4; i++) if (this.known[i] === 0) return -1
    return new DataView(this.bytes.buffer).getUint32(offset, true)
  }

  /** A driver's write: the value of `offset` afterwards, or -1 when it does not change that field. */
  written(offset: number, { offset: at, data }: SeenOf<'configAccess'>): number {
    if (at > offset || at + data.length < offset + 4) return -1
    const value = new DataView(data.buffer, data.byteOffset).getUint32(offset - at, true)
    return value === this.field(offset) ? -1 : value
  }

  /** The first byte that differs from an earlier reading under the same generation, or -1. */
  torn({ offset, data, generation }: SeenOf<'configAccess'>): number {
    if (generation !== this.generation) return -1
    for (let i = 0; i < data.length && offset + i < BYTES; i++) {
      const before = this.readBytes[offset + i]
      if (before >= 0 && before !== data[i]) return offset + i
    }
    return -1
  }

  shown({ numPages, actual, commandId, poison }: SeenConfig): void {
    this.store(ConfigField.NUM_PAGES, numPages)
    this.store(ConfigField.ACTUAL, actual)
    this.store(ConfigField.COMMAND, commandId)
    this.store(ConfigField.POISON, poison)
  }

  accessed({ write, offset, data, generation }: SeenOf<'configAccess'>): void {
    if (generation !== this.generation) this.readBytes.fill(-1)
    this.generation = generation
    for (let i = 0; i < data.length && offset + i < BYTES; i++) {
      this.bytes[offset + i] = data[i]
      this.known[offset + i] = 1
      // The device need not take what the driver writes.
      this.readBytes[offset + i] = write ? -1 : data[i]
    }
    const covers = (field: number): boolean => offset <= field && offset + data.length >= field + 4
    if (write && covers(ConfigField.POISON)) this.poisonWritten = true
    if (write && covers(ConfigField.ACTUAL)) this.actualWritten = true
    if (!write && covers(ConfigField.COMMAND)) this.commandRead = this.field(ConfigField.COMMAND)
  }

  reset(): void {
    this.poisonWritten = false
    this.actualWritten = false
    this.commandRead = -1
    this.readBytes.fill(-1)
    this.generation = -1
  }

  private store(offset: number, value: number): void {
    new DataView(this.bytes.buffer).setUint32(offset, value >>> 0, true)
    this.known.fill(1, offset, offset + 4)
  }
}
