/** The oracle of driven machines without a machine: what it must notice, it notices. */
import { fstatSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MIB, PAGE_SIZE } from '@hintlab/kit'
import { PageOwner } from '@hintlab/protocol'
import { Falloc, libc } from '../native/libc.ts'
import { PageContents } from './page-contents.ts'
import { RamFile } from './ram-file.ts'

const FIRST = 256
const { ALLOCATED, BALLOON, FREE, IN_FLIGHT, ISOLATED } = PageOwner

function makeGuest() {
  const ram = new RamFile(4 * MIB)
  const contents = new PageContents(ram, FIRST)
  contents.writeAll()
  /** What a device does with pages that it was given. */
  const discard = (pfn: number, pages: number): void => {
    expect(libc().fallocate(ram.fd, Falloc.PUNCH_HOLE | Falloc.KEEP_SIZE, pfn * PAGE_SIZE, pages * PAGE_SIZE)).toBe(0)
  }
  return { ram, contents, discard, state: () => [contents.surplusKib(), contents.firstWrong(), contents.discarded] }
}

it('a device that discards what it was given, and nothing else, is right', () => {
  const { ram, contents, discard, state } = makeGuest()
  expect([contents.writtenPages, fstatSync(ram.fd).nlink, ...state()]).toEqual([768, 0, 0, -1, 0])
  contents.moved(300, 0, ALLOCATED, BALLOON)
  contents.moved(512, 5, ISOLATED, IN_FLIGHT)
  discard(300, 1)
  discard(512, 32)
  expect(state()).toEqual([0, -1, 33])
  contents.moved(300, 0, BALLOON, ALLOCATED)
  contents.write(300)
  contents.moved(512, 5, IN_FLIGHT, FREE)
  expect(state()).toEqual([0, -1, 33])
  ram.close()
})

it.each([
  ['keeps a page that it was given', 300, 0, 0, 4, 300],
  ['takes one page more', 300, 300, 2, -4, 301],
  ['takes another page', 300, 301, 1, 0, 300],
])('a device that %s is found out', (_what, given, taken, pages, surplus, wrong) => {
  const { ram, contents, discard, state } = makeGuest()
  contents.moved(given, 0, ALLOCATED, BALLOON)
  if (pages > 0) discard(taken, pages)
  expect(state()).toEqual([surplus, wrong, 1])
  ram.close()
})

it('a page that turns up elsewhere is found out, pages of the driver are its own', () => {
  const { ram, contents, state } = makeGuest()
  const page = new Uint8Array(PAGE_SIZE)
  ram.memory.read(400 * PAGE_SIZE, page)
  contents.pin(800, 8)
  ram.memory.write(803 * PAGE_SIZE, page)
  expect(state()).toEqual([0, -1, 0])
  ram.memory.write(500 * PAGE_SIZE, page)
  expect(state()).toEqual([0, 500, 0])
  // What free page hinting holds is not discarded.
  contents.moved(0, 10, ALLOCATED, BALLOON)
  expect(contents.discarded).toBe(0)
  ram.close()
})
