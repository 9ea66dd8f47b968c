/** What a guest frees comes back to the host, what it uses stays, and the pages in the balloon are the ones that the guest means. */
import { expect, it } from 'vitest'
import { checksums, comparePages, fillMemory, freeMemory, keepFiles, PageFlag } from '@hintlab/peer'
import type { UmlGuest } from '@hintlab/peer'
import { peerSuite } from '@hintlab/peer/testing'
import { bootAt, MIB, search, until } from './guests.ts'
import { Served } from './served.ts'

const fileBytes = async (server: Served): Promise<number> => (await server.ask('status', 'status')).fileBytes

/** The pages that the server says are in the balloon. */
async function balloonPages(server: Served): Promise<number[]> {
  const { pages, ranges } = await server.ask('pages', 'pages')
  const listed = ranges.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i))
  expect(listed.length).toBe(pages)
  return listed
}

/** Blocks down to `order` are reported from now on. */
const reportFrom = (guest: UmlGuest, order: number): Promise<string> =>
  guest.must(`echo ${order} >/sys/module/page_reporting/parameters/page_reporting_order`)

peerSuite('memory of a guest', search.missing, () => {
  it.concurrent('shrinks by what is freed, and grows by what is used', async () => {
    await using server = await Served.start()
    await using guest = await bootAt(server, { memoryMib: 512 })
    await guest.insmod()
    await fillMemory(guest, 300)
    const full = await fileBytes(server)
    expect(full).toBeGreaterThan(300 * MIB)
    await freeMemory(guest)
    await until('the file shrinks', async () => full - await fileBytes(server) >= 250 * MIB)
    // The model of the same guest, in whole huge pages, has seen it touched and dropped as well.
    await until('the model follows', async () => {
      const { modelBytes, costs } = await server.ask('status', 'status')
      return modelBytes < 250 * MIB && (costs['guest']['fault'] ?? 0) > 0 && (costs['device']['discard'] ?? 0) > 0
    })
    await fillMemory(guest, 300)
    expect(await fileBytes(server)).toBeGreaterThan(300 * MIB)
    // Which of its free pages the guest takes is its own affair: some are of those that were given back.
    await until('pages are touched again', async () => (await server.ask('status', 'status')).refaults > 1000)
    const gone = server.next('disconnected')
    await guest.poweroff()
    expect(await gone).toMatchObject({ refusedHoles: 0 })
    expect(server.all('requests').every(({ rejected }) => rejected === 0)).toBe(true)
  })

  it.concurrent('keeps data in use through ten rounds of reports, and through the balloon', async () => {
    await using server = await Served.start()
    await using guest = await bootAt(server)
    await guest.insmod()
    const kept = await keepFiles(guest, { files: 6, mibEach: 4 })
    await reportFrom(guest, 2)
    for (let round = 0; round < 10; round++) {
      const from = server.pages('REPORT')
      await fillMemory(guest, 40)
      await freeMemory(guest)
      await until('a report', () => server.pages('REPORT') - from > 5000)
      expect(await checksums(guest)).toBe(kept)
    }
    await server.balloon(20_000)
    expect(await checksums(guest)).toBe(kept)
    await server.balloon(0)
    await fillMemory(guest, 60)
    await freeMemory(guest)
    expect(await checksums(guest)).toBe(kept)
    await guest.poweroff()
  })

  it.concurrent('has in its balloon what the guest calls offline, page for page', async () => {
    await using server = await Served.start()
    await using guest = await bootAt(server, { memoryMib: 256 })
    await guest.insmod()
    // Full, then less, so that pages have gone both ways.
    for (const pages of [10_000, 4000, 7000]) {
      await server.balloon(pages)
      const { both, hostOnly, guestOnly, unseen } = comparePages(await balloonPages(server), await guest.kpageflags(), PageFlag.OFFLINE)
      expect([both + unseen, hostOnly.slice(0, 8), guestOnly.slice(0, 8)]).toEqual([pages, [], []])
      expect(both).toBeGreaterThan(pages / 2)
    }
    await guest.rmmod()
    expect(await balloonPages(server)).toEqual([])
    await guest.poweroff()
  })

  it.concurrent.each(['remove', 'none'])('with --discard %s', async (mode) => {
    await using server = await Served.start({ flags: ['--discard', mode] })
    await using guest = await bootAt(server)
    await guest.insmod()
    await fillMemory(guest, 80)
    await freeMemory(guest)
    const full = await fileBytes(server)
    // First the reports: a balloon that fills before them leaves few blocks whole.
    await until('reports', () => server.pages('REPORT') > 5000)
    await server.balloon(10_000)
    const { fileBytes: after, discarded, refusedHoles } = await server.ask('status', 'status')
    expect(full - after > 30 * MIB).toBe(mode === 'remove')
    expect(discarded).toBeGreaterThan(15_000)
    expect(refusedHoles).toBe(0)
    await server.balloon(0)
    await guest.poweroff()
  })
})
