import { Columns, hfn } from '@hintlab/kit'
import type { Hfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameKind, HostFrames, NO_FRAME } from './frames.ts'

const counts = (frames: HostFrames): string =>
  `free ${frames.free} small ${frames.small} huge ${frames.huge} whole ${frames.freeHugeCount}`

test('small frames share a chunk, huge ones take whole chunks, and a chunk that is free again is whole again', () => {
  const frames = new HostFrames(new Columns(), 3 * 512)
  const lines = [counts(frames)]
  const small = [frames.allocSmall(), frames.allocSmall()]
  const huge = frames.allocHuge()
  lines.push(`small h${small.join(' h')}, huge h${huge}: ${counts(frames)}`)
  for (const frame of small) frames.freeSmall(frame as Hfn)
  lines.push(`small freed: ${counts(frames)}`)
  frames.splitHuge(huge as Hfn)
  lines.push(`huge split: ${counts(frames)}`)
  for (let i = 0; i < 512; i++) frames.freeSmall(hfn(huge + i))
  lines.push(`its frames freed: ${counts(frames)}`)
  frames.check()
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "free 1536 small 0 huge 0 whole 3
    small h0 h1, huge h512: free 1022 small 2 huge 1 whole 1
    small freed: free 1024 small 0 huge 1 whole 2
    huge split: free 1024 small 512 huge 0 whole 2
    its frames freed: free 1536 small 0 huge 0 whole 3"
  `)
})

test('an incomplete last chunk serves small pages only', () => {
  const frames = new HostFrames(new Columns(), 3)
  expect(frames.allocHuge()).toBe(NO_FRAME)
  expect([frames.allocSmall(), frames.allocSmall(), frames.allocSmall(), frames.allocSmall()]).toEqual([0, 1, 2, NO_FRAME])
  frames.freeSmall(hfn(1))
  frames.check()
  expect(frames.allocSmall()).toBe(1)
})

test('a host without frames has none', () => {
  const frames = new HostFrames(new Columns(), 0)
  expect([frames.allocSmall(), frames.allocHuge(), frames.free]).toEqual([NO_FRAME, NO_FRAME, 0])
  frames.check()
})

test('the owner of a huge page is found from its tails, and from its parts after a split', () => {
  const frames = new HostFrames(new Columns(), 1024)
  const head = frames.allocHuge() as Hfn
  frames.setOwner(head, 4_000_000_000)
  expect(frames.ownerOf(hfn(head + 7))).toBe(4_000_000_007)
  frames.splitHuge(head)
  expect([frames.ownerOf(hfn(head + 7)), frames.kindOf(hfn(head + 7))]).toEqual([4_000_000_007, FrameKind.SMALL])
})

test('misuse is an assertion', () => {
  const frames = new HostFrames(new Columns(), 1024)
  const head = frames.allocHuge() as Hfn
  expect(() => frames.freeSmall(head)).toThrow('a small frame is freed as one')
  expect(() => frames.freeHuge(hfn(head + 1))).toThrow('a huge frame is freed by its head')
  frames.freeHuge(head)
  expect(() => frames.freeHuge(head)).toThrow('a huge frame is freed by its head')
  expect(() => frames.kindOf(hfn(1024))).toThrow('a frame of this host')
})

/** Truth: the set of used frames, and which of them are one huge page. */
test('any order of allocations, frees and splits: frames are disjoint and an allocation fails only when it must', () => {
  const FRAMES = 2 * 512 + 5
  const op = fc.record({ kind: fc.constantFrom('small', 'huge', 'free', 'split'), pick: fc.nat(), times: fc.constantFrom(1, 3, 700) })
  fc.assert(fc.property(fc.array(op, { maxLength: 12 }), (ops) => {
    const frames = new HostFrames(new Columns(), FRAMES)
    const used = new Set<number>()
    let small: number[] = []
    const huge: number[] = []
    const take = (first: number, count: number): void => {
      for (let i = first; i < first + count; i++) expect(i < FRAMES && !used.has(i)).toBe(true)
      for (let i = first; i < first + count; i++) used.add(i)
    }
    const hasWhole = (): boolean => [0, 512].some((head) => ![...used].some((i) => i >= head && i < head + 512))
    for (const { kind, pick, times } of ops) {
      const allocations = kind === 'small' ? times : 0
      for (let i = 0; i < allocations; i++) {
        const frame = frames.allocSmall()
        expect(frame === NO_FRAME).toBe(used.size === FRAMES)
        if (frame === NO_FRAME) break
        take(frame, 1)
        small.push(frame)
      }
      const frees = kind === 'free' ? Math.min(times, small.length) : 0
      for (let i = 0; i < frees; i++) {
        const [frame] = small.splice((pick + i * 7) % small.length, 1)
        frames.freeSmall(hfn(frame))
        used.delete(frame)
      }
      if (kind === 'huge') {
        const possible = hasWhole()
        const frame = frames.allocHuge()
        expect(frame !== NO_FRAME).toBe(possible)
        if (frame !== NO_FRAME) {
          take(frame, 512)
          huge.push(frame)
        }
      }
      if (kind === 'free' && times === 1 && huge.length > 0) {
        const head = huge.pop()!
        frames.freeHuge(hfn(head))
        for (let i = 0; i < 512; i++) used.delete(head + i)
      }
      if (kind === 'split' && huge.length > 0) {
        const head = huge.pop()!
        frames.splitHuge(hfn(head))
        small = small.concat(Array.from({ length: 512 }, (_, i) => head + i))
      }
      expect([frames.free, frames.small, frames.huge]).toEqual([FRAMES - used.size, small.length, huge.length])
      frames.check()
    }
  }), { seed: 1, numRuns: 40 })
})
