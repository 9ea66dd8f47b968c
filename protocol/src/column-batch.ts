/** A batch whose every word is a column, so that a machine that is reset, saved or hashed includes the requests it was working on. */
import type { Columns } from '@hintlab/kit'
import type { HintBatch, RequestKind } from './ports.ts'

const COUNT = 0
const KIND = 1
const COMMAND_ID = 2

export class ColumnBatch implements HintBatch {
  readonly pfn: Uint32Array
  readonly order: Uint8Array
  private readonly head: Uint32Array

  /** `object` is the shared object of the owner, who declares its accesses. */
  constructor(cols: Columns, object: number, label: string, entriesMax: number, kind: RequestKind) {
    this.head = cols.u32(`${label}.head`, 3, object)
    this.pfn = cols.u32(`${label}.pfn`, entriesMax, object)
    this.order = cols.u8(`${label}.order`, entriesMax, object)
    this.kind = kind
  }

  get count(): number {
    return this.head[COUNT]
  }

  set count(n: number) {
    this.head[COUNT] = n
  }

  get kind(): RequestKind {
    return this.head[KIND] as RequestKind
  }

  set kind(kind: RequestKind) {
    this.head[KIND] = kind
  }

  get commandId(): number {
    return this.head[COMMAND_ID]
  }

  set commandId(id: number) {
    this.head[COMMAND_ID] = id
  }
}
