/** The readable specification of BuddyCore's groups: one array of first pages per (kind, order), searched from end to end. */
export type NaivePlace = 'head' | 'tail' | 'likely'

export class NaiveBlocks {
  readonly lists: number[][][]
  private readonly maxOrder: number

  constructor(kinds: number, maxOrder: number) {
    this.maxOrder = maxOrder
    this.lists = Array.from({ length: kinds }, () => Array.from({ length: maxOrder + 1 }, () => []))
  }

  /** Takes the first block of the smallest sufficient order, splitting off upper halves; -1 when there is none. */
  take(kind: number, order: number): number {
    let o = this.lists[kind].findIndex((list, i) => i >= order && list.length > 0)
    if (o < 0) return -1
    const page = this.lists[kind][o].shift()!
    while (o-- > order) this.lists[kind][o].unshift(page + 2 ** o)
    return page
  }

  /** Merges with free buddies of any kind below `limit`, then lists the block. */
  put(page: number, order: number, limit: number, kind: number, place: NaivePlace): void {
    while (order < limit && this.removeFree(buddyOf(page, order), order)) {
      page = Math.min(page, buddyOf(page, order))
      order++
    }
    const list = this.lists[kind][order]
    const parent = Math.min(page, buddyOf(page, order))
    const likely = order < this.maxOrder - 1 && this.isFree(buddyOf(parent, order + 1), order + 1)
    if (place === 'tail' || (place === 'likely' && likely)) list.push(page)
    else list.unshift(page)
  }

  isFree(page: number, order: number): boolean {
    return this.lists.some((orders) => orders[order].includes(page))
  }

  private removeFree(page: number, order: number): boolean {
    const list = this.lists.map((orders) => orders[order]).find((l) => l.includes(page))
    list?.splice(list.indexOf(page), 1)
    return list !== undefined
  }
}

const buddyOf = (page: number, order: number): number => (Math.floor(page / 2 ** order) % 2 === 0 ? page + 2 ** order : page - 2 ** order)
