/**
 * A batch whose every word is a column, so that a machine that is reset, saved or hashed includes the requests it was working on. It is a shared
 * object of its own: `count` declares its accesses; who changes entries without it calls `declare`.
 */
import type { Columns, Footprint } from '@hintlab/kit'
import type { HintBatch, RequestKind } from './ports.ts'

const COUNT = 0
const KIND = 1
const COMMAND_ID = 2
const EXTRA = 3
const HEAD_WORDS = 4

export class ColumnBatch implements HintBatch {
  readonly pfn: Uint32Array
  readonly order: Uint8Array
  private readonly head: Uint32Array
  private readonly footprint: Footprint
  private readonly object: number

  constructor(cols: Columns, label: string, entriesMax: number, kind: RequestKind) {
    this.footprint = cols.footprint
    this.object = cols.objects(label)
    this.head = cols.u32(`${label}.head`, HEAD_WORDS, this.object)
    this.pfn = cols.u32(`${label}.pfn`, entriesMax, this.object)
    this.order = cols.u8(`${label}.order`, entriesMax, this.object)
    this.head[KIND] = kind
  }

  /** Entries are about to be changed in place. */
  declare(): void {
    this.footprint.write(this.object)
  }

  get count(): number {
    this.footprint.read(this.object)
    return this.head[COUNT]
  }

  set count(n: number) {
    this.footprint.write(this.object)
    this.head[COUNT] = n
  }

  get kind(): RequestKind {
    return this.head[KIND] as RequestKind
  }

  set kind(kind: RequestKind) {
    this.footprint.write(this.object)
    this.head[KIND] = kind
  }

  get extra(): number {
    return this.head[EXTRA]
  }

  set extra(value: number) {
    this.footprint.write(this.object)
    this.head[EXTRA] = value
  }

  get commandId(): number {
    return this.head[COMMAND_ID]
  }

  set commandId(id: number) {
    this.footprint.write(this.object)
    this.head[COMMAND_ID] = id
  }
}
