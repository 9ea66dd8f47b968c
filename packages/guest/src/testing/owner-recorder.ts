/**
 * A page observer that believes nobody: it keeps the owner of every page in an array of its own and asserts that each move begins where
 * the last one ended, for every page of the block.
 */
import { assert } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import type { PageObserver } from '@hintlab/protocol'

export class OwnerRecorder implements PageObserver {
  readonly owners: PageOwner[]

  constructor(pages: number) {
    this.owners = Array.from({ length: pages }, () => PageOwner.OFFLINE)
  }

  moved(pfn: number, order: number, from: PageOwner, to: PageOwner): void {
    for (let p = pfn; p < pfn + 2 ** order; p++) {
      assert(this.owners[p] === from, 'a page moves from the owner it had')
      this.owners[p] = to
    }
  }

  count(owner: PageOwner): number {
    return this.owners.filter((o) => o === owner).length
  }
}
