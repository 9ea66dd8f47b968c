/**
 * Where the labels of points stand, so that they do not lie on each other: at one of four places beside their point, the first that is free.
 *
 *      3 |  1          1 right above, 2 right below, 3 left above, 4 left below
 *     ---(x)---
 *      4 |  2
 *
 * Points whose labels have no room beside each other share one, which is cut when it gets long. Sizes are those of a small plot, in pixels: on a larger one
 * there is more room.
 */
export interface Labelled {
  readonly number: number
  /** Shares of the plot's width and height, from its lower left corner. */
  readonly x: number
  readonly y: number
}

export const SIDES = ['right above', 'right below', 'left above', 'left below'] as const
export type Side = (typeof SIDES)[number]

export interface Label {
  readonly x: number
  readonly y: number
  readonly text: string
  readonly side: Side
}

interface Box {
  readonly left: number
  readonly right: number
  readonly bottom: number
  readonly top: number
}

const PLOT = { width: 330, height: 250 }
const TEXT = { character: 7.5, height: 17 }
/** From a point's middle to its edge, and to its label. */
const DOT = 8
const GAP = 10
/** Points closer than this have one label. */
const CLOSE = 9
/** Characters of a label. */
const LONGEST = 24
/** How far a label may stand out of the plot. */
const OUTSIDE = 24

/** `points` are those to be labelled, `all` those that a label should not cover. No two labels lie on each other: where they would, they become one. */
export function placeLabels(points: readonly Labelled[], all: readonly Labelled[]): Label[] {
  const dots = all.map(around)
  for (let groups = groupsOf(points); ; ) {
    const placed = placeGroups(groups, dots)
    const crossing = firstCrossing(placed.map(({ box }) => box))
    if (crossing === null) return placed.map(({ label }) => label)
    const [kept, other] = crossing
    groups = groups.flatMap((group, i) => (i === other ? [] : [i === kept ? [...group, ...groups[other]] : group]))
  }
}

function placeGroups(groups: readonly (readonly Labelled[])[], dots: readonly Box[]): { label: Label; box: Box }[] {
  const placed: { label: Label; box: Box }[] = []
  for (const group of groups) {
    const [{ x, y }] = group
    const text = cut(rangesText(group.map(({ number }) => number)))
    const own = group.map(around)
    const others = dots.filter((dot) => !own.some((box) => overlap(box, dot)))
    const tries = SIDES.map((side, i) => {
      const box = boxOf(group[0], text, side)
      const labels = placed.filter((other) => overlap(box, other.box)).length
      const covered = others.filter((dot) => overlap(box, dot)).length
      return { side, box, cost: ((labels * 100 + covered + (isInside(box) ? 0 : 1000)) * SIDES.length) + i }
    })
    const { side, box } = tries.reduce((best, next) => (next.cost < best.cost ? next : best))
    placed.push({ label: { x, y, text, side }, box })
  }
  return placed
}

function firstCrossing(boxes: readonly Box[]): readonly [number, number] | null {
  for (let other = 1; other < boxes.length; other++) {
    for (let kept = 0; kept < other; kept++) if (overlap(boxes[kept], boxes[other])) return [kept, other]
  }
  return null
}

/** Whole numbers, as many as a label has room for. */
const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, text.lastIndexOf(',', LONGEST))}, …`)

/** `1, 3–5, 8` */
export function rangesText(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b)
  const runs: [number, number][] = []
  for (const n of sorted) {
    const last = runs.at(-1)
    if (last !== undefined && last[1] === n - 1) last[1] = n
    else runs.push([n, n])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : `${from}${to === from + 1 ? ', ' : '–'}${to}`)).join(', ')
}

function groupsOf(points: readonly Labelled[]): Labelled[][] {
  const groups: Labelled[][] = []
  for (const point of points) {
    const near = groups.find(([first]) => Math.abs(first.x - point.x) * PLOT.width < CLOSE && Math.abs(first.y - point.y) * PLOT.height < CLOSE)
    if (near === undefined) groups.push([point])
    else near.push(point)
  }
  return groups
}

const around = ({ x, y }: Labelled): Box => {
  const [middle, level] = [x * PLOT.width, y * PLOT.height]
  return { left: middle - DOT, right: middle + DOT, bottom: level - DOT, top: level + DOT }
}

function boxOf({ x, y }: Labelled, text: string, side: Side): Box {
  const long = text.length * TEXT.character
  const left = side.startsWith('right') ? x * PLOT.width + GAP : x * PLOT.width - GAP - long
  const bottom = side.endsWith('above') ? y * PLOT.height : y * PLOT.height - TEXT.height
  return { left, right: left + long, bottom, top: bottom + TEXT.height }
}

const overlap = (a: Box, b: Box): boolean => a.left < b.right && b.left < a.right && a.bottom < b.top && b.bottom < a.top

const isInside = ({ left, right, bottom, top }: Box): boolean =>
  left >= 0 && right <= PLOT.width + OUTSIDE && bottom >= 0 && top <= PLOT.height + OUTSIDE
