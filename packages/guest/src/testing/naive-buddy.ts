/**
 * The readable specification of one zone's buddy allocator: ordered arrays of free blocks, a table of blocks in use, a type per
 * pageblock. Same rules as the kernel's, no data structure: fallback to the largest block, whole pageblocks stolen when half of them
 * fits.
 */
const MOVABLE = 1
const FALLBACKS = [[2, 1], [2, 0], [0, 1]]
export type NaiveBlock = { pfn: number; order: number; type: number }

export class NaiveBuddy {
  /** In list order within each (type, order): first is taken next. */
  free: NaiveBlock[] = []
  readonly used: NaiveBlock[] = []
  readonly blockTypes: number[]
  private readonly maxOrder: number
  private readonly blockOrder: number

  constructor(pages: number, maxOrder: number, blockOrder: number) {
    this.maxOrder = maxOrder
    this.blockOrder = blockOrder
    this.blockTypes = Array.from({ length: Math.ceil(pages / 2 ** blockOrder) }, () => MOVABLE)
    for (let pfn = 0; pfn < pages; pfn += 2 ** maxOrder) this.free.push({ pfn, order: maxOrder, type: MOVABLE })
  }

  list = (type: number, order: number): number[] => this.free.filter((b) => b.type === type && b.order === order).map((b) => b.pfn)

  alloc(order: number, type: number): number {
    let found = this.smallest(order, [type])
    if (found === undefined && this.steal(order, type)) found = this.smallest(order, [type])
    if (found === undefined) return -1
    this.free = this.free.filter((b) => b !== found)
    for (let o = found.order - 1; o >= order; o--) this.free.unshift({ pfn: found.pfn + 2 ** o, order: o, type })
    this.used.push({ pfn: found.pfn, order, type })
    return found.pfn
  }

  release(index: number): void {
    let [{ pfn, order }] = this.used.splice(index, 1)
    const type = this.blockTypes[this.blockOf(pfn)]
    for (; order < this.maxOrder && this.isFree(pfn ^ 2 ** order, order); pfn = Math.min(pfn, pfn ^ 2 ** order++)) {
      this.free = this.free.filter((b) => b.pfn !== (pfn ^ 2 ** order))
    }
    const parentBuddy = Math.min(pfn, pfn ^ 2 ** order) ^ 2 ** (order + 1)
    const last = order < this.maxOrder - 1 && this.isFree(parentBuddy, order + 1)
    this.free[last ? 'push' : 'unshift']({ pfn, order, type })
  }

  private smallest(order: number, types: number[]): NaiveBlock | undefined {
    return this.ordersFrom(order).flatMap((o) => types.flatMap((t) => this.free.filter((b) => b.order === o && b.type === t))).at(0)
  }

  private steal(order: number, type: number): boolean {
    const orders = this.ordersFrom(order).reverse()
    let found = orders.flatMap((o) => FALLBACKS[type].flatMap((t) => this.free.filter((b) => b.order === o && b.type === t))).at(0)
    if (found === undefined) return false
    const whole = (o: number): boolean => o >= Math.floor(this.blockOrder / 2) || type !== MOVABLE
    if (!whole(found.order) && found.order > order) found = this.smallest(order, FALLBACKS[type])!
    const block = this.blockOf(found.pfn)
    if (found.order >= this.blockOrder) this.blockTypes.fill(type, block, block + 2 ** (found.order - this.blockOrder))
    if (found.order < this.blockOrder && whole(found.order)) this.stealBlock(block, type)
    else this.toType([found], type)
    return true
  }
  private stealBlock(block: number, type: number): void {
    const inside = this.free.filter((b) => this.blockOf(b.pfn) === block).sort((a, b) => a.pfn - b.pfn)
    const size = 2 ** this.blockOrder
    const free = inside.reduce((sum, b) => sum + 2 ** b.order, 0)
    const movable = this.used.filter((b) => this.blockOf(b.pfn) === block && b.type === MOVABLE).reduce((sum, b) => sum + 2 ** b.order, 0)
    const alike = type === MOVABLE ? movable : this.blockTypes[block] === MOVABLE ? size - free - movable : 0
    this.toType(inside, type)
    if (free + alike >= size / 2) this.blockTypes[block] = type
  }

  private toType(blocks: NaiveBlock[], type: number): void {
    this.free = [...this.free.filter((b) => !blocks.includes(b)), ...blocks.map((b) => ({ ...b, type }))]
  }
  private ordersFrom = (order: number): number[] => Array.from({ length: this.maxOrder - order + 1 }, (_, i) => order + i)
  private isFree = (pfn: number, order: number): boolean => this.free.some((b) => b.pfn === pfn && b.order === order)
  private blockOf = (pfn: number): number => Math.floor(pfn / 2 ** this.blockOrder)
}
