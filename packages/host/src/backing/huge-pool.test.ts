import { Columns, hfn } from '@hintlab/kit'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { HostFrames, NO_FRAME } from '../mm/frames.ts'
import { HugePool } from './huge-pool.ts'

test.each([{ pageFrames: 512, chunks: 5 }, { pageFrames: 1024, chunks: 8 }])('a pool of pages of $pageFrames frames gives each page once, and takes it back', ({ pageFrames, chunks }) => {
  fc.assert(fc.property(fc.array(fc.record({ put: fc.boolean(), which: fc.nat(10) }), { maxLength: 40 }), (operations) => {
    const cols = new Columns()
    const frames = new HostFrames(cols, chunks * 512)
    const pool = new HugePool(cols, frames, { pageFrames, pages: 3 })
    const free = frames.free
    const out: number[] = []
    for (const { put, which } of operations) {
      if (put && out.length > 0) pool.put(hfn(out.splice(which % out.length, 1)[0]))
      else if (!put) {
        const head = pool.alloc()
        if (out.length === 3) expect(head).toBe(NO_FRAME)
        else {
          expect([head % pageFrames, head >= 0 && head + pageFrames <= frames.frames, out.includes(head)]).toEqual([0, true, false])
          out.push(head)
        }
      }
      // Its pages were taken from the host at boot, and stay taken.
      expect([pool.free, frames.free]).toEqual([3 - out.length, free])
    }
    frames.check()
  }), { seed: 8, numRuns: 40 })
})

test('a pool larger than the host, and a page that comes back twice, are bugs', () => {
  const cols = new Columns()
  const frames = new HostFrames(cols, 1024)
  expect(() => new HugePool(cols, frames, { pageFrames: 512, pages: 3 })).toThrow('fits into the host')
  const other = new Columns()
  const pool = new HugePool(other, new HostFrames(other, 1024), { pageFrames: 512, pages: 1 })
  expect(() => pool.put(hfn(0))).toThrow('comes back once')
})
