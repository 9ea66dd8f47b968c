/**
 * A new interface from scratch: "rich hints". Half a second after huge blocks were freed a guest hints them, and says with each request how much free memory it
 * has left. A host that knows this can leave a guest its memory when that guest is about to run short, because it would only fault it in again.
 *
 *     guest   free lists --worker--> request, extra = free MiB
 *     host    extra below the limit? keep everything : discard
 *
 * docs/tutorial.md builds this file step by step. Run it from the root:  npx tsx examples/006-new-interface/main.ts
 */
import { NoteWorker } from '@hintlab/guest'
import { MIB, MS, PAGE_SIZE } from '@hintlab/kit'
import { ownPolicy } from '@hintlab/lab'
import type { NamedInterface } from '@hintlab/lab'
import type { ColumnBatch } from '@hintlab/protocol'

// #region guest
/** The guest's half. When it hints and what is the worker's part; what its requests say is its own. */
class RichHints extends NoteWorker {
  protected override describe(batch: ColumnBatch): void {
    batch.extra = Math.floor((this.kernel.mm.freePages() * PAGE_SIZE) / MIB)
  }
}
// #endregion

// #region interface
/** Both halves as one policy. `keep-below`: a guest with less free memory than this, in MiB, keeps what it hints. */
const richHints = ownPolicy({
  name: 'rich-hints',
  settings: { order: 9, 'rest-ms': 500, 'keep-below': 0 },
  tiny: { order: 0, 'rest-ms': 0.001 },
  guest: (parts, { order, 'rest-ms': rest }) => new RichHints(parts, { label: 'rich', order, restNs: rest * MS }),
  host: ({ 'keep-below': limit }) => ({ keeps: (_kind, freeMib) => freeMib < limit }),
})
// #endregion

// #region rows
const axes = { carrier: 'virtqueue', service: 'thread', notification: 'interrupt', submitter: 'sleeps' } as const

export const ROWS: readonly NamedInterface[] = [
  { name: 'no hinting', interface: null },
  { name: 'rich hints', interface: { policy: richHints, axes } },
  { name: 'rich hints, keep below 128', interface: { policy: richHints, axes, settings: { 'keep-below': 128 } } },
]
// #endregion
