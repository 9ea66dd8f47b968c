/** The same guest with every set of features that it can be offered. */
import { expect, it } from 'vitest'
import { comparePages, fillMemory, freeMemory, PageFlag } from '@hintlab/peer'
import { peerSuite } from '@hintlab/peer/testing'
import { bootAt, search, until } from './guests.ts'
import { Served } from './served.ts'

const BALLOON = 'STATS_VQ,DEFLATE_ON_OOM,PAGE_REPORTING'

const OFFERS: readonly [what: string, flags: readonly string[]][] = [
  ['a split ring', ['--offer', BALLOON]],
  ['a split ring with event indexes', ['--offer', `${BALLOON},EVENT_IDX`]],
  ['a split ring with indirect tables', ['--offer', `${BALLOON},INDIRECT_DESC`]],
  ['a packed ring', ['--offer', `${BALLOON},RING_PACKED`]],
  ['a packed ring with all', ['--offer', `${BALLOON},FREE_PAGE_HINT,RING_PACKED,EVENT_IDX,INDIRECT_DESC,IN_ORDER`]],
  ['nothing but inflate and deflate', ['--offer', '']],
  ['no statistics', ['--offer', 'DEFLATE_ON_OOM,FREE_PAGE_HINT,PAGE_REPORTING']],
  ['reporting alone', ['--offer', 'PAGE_REPORTING']],
  ['all that qemu has', ['--device', 'qemu']],
  ['all that firecracker has', ['--device', 'firecracker']],
  ['all that cloud-hypervisor has', ['--device', 'cloud-hypervisor']],
]

/** What the driver has taken, by its last word. */
const taken = (server: Served): readonly string[] => server.all('driver').at(-1)!.features

peerSuite('what a guest is offered', search.missing, () => {
  it.concurrent.each(OFFERS)('%s', async (_, flags) => {
    await using server = await Served.start({ flags })
    await using guest = await bootAt(server)
    // The driver comes twice, and has the same device both times.
    for (const pages of [3000, 5000]) {
      const from = server.events.length
      await guest.insmod()
      await server.balloon(pages)
      const { ranges } = await server.ask('pages', 'pages')
      const listed = ranges.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i))
      const { hostOnly, guestOnly } = comparePages(listed, await guest.kpageflags(), PageFlag.OFFLINE)
      expect([listed.length, hostOnly.slice(0, 8), guestOnly.slice(0, 8)]).toEqual([pages, [], []])
      if (taken(server).includes('PAGE_REPORTING')) {
        // Free blocks that a driver before this one has reported are not reported again.
        await fillMemory(guest, 60)
        await freeMemory(guest)
        await until('a report', () => server.pages('REPORT', from) > 5000)
      }
      if (taken(server).includes('STATS_VQ')) {
        server.command('stats')
        await until('statistics', async () => ((await server.ask('status', 'status')).stats['total-memory'] ?? 0) > 100 * 2 ** 20)
      }
      if (taken(server).includes('FREE_PAGE_HINT')) {
        server.command('hint')
        await until('a run of hints', () => server.pages('HINT', from) > 5000)
      }
      await server.balloon(0)
      await guest.rmmod()
      expect(server.all('driver', from).length).toBeGreaterThan(0)
    }
    expect((await guest.vmstat()).get('balloon_inflate')).toBe(8000)
    await guest.poweroff()
    expect(server.all('requests').every(({ rejected }) => rejected === 0)).toBe(true)
    expect(await server.quit()).toBe(0)
    expect(server.errors).toBe('')
  })

  it('gives way when the guest runs out of memory, if it may', async () => {
    await using server = await Served.start({ flags: ['--offer', 'DEFLATE_ON_OOM'] })
    await using guest = await bootAt(server, { memoryMib: 256 })
    await guest.insmod()
    const total = (await guest.meminfo()).get('MemTotal')!
    await server.balloon(40_000)
    expect((await guest.meminfo()).get('MemTotal')).toBe(total)
    await fillMemory(guest, 150)
    const events = await guest.vmstat()
    expect(events.get('oom_kill')).toBe(0)
    const { actual } = await server.ask('status', 'status')
    expect(actual).toBe(40_000 - events.get('balloon_deflate')!)
    expect(actual).toBeLessThan(30_000)
    expect((await server.ask('pages', 'pages')).pages).toBe(actual)
    await freeMemory(guest)
    await guest.poweroff()
  })

  it('takes memory away for good without DEFLATE_ON_OOM', async () => {
    await using server = await Served.start({ flags: ['--offer', 'STATS_VQ'] })
    await using guest = await bootAt(server, { memoryMib: 256 })
    await guest.insmod()
    const total = (await guest.meminfo()).get('MemTotal')!
    await server.balloon(40_000)
    expect((await guest.meminfo()).get('MemTotal')).toBe(total - 160_000)
    await server.balloon(0)
    expect((await guest.meminfo()).get('MemTotal')).toBe(total)
    await guest.poweroff()
  })

  it.each([
    ['PAGE_REPORTING,PAGE_POISON', ['PAGE_REPORTING', 'PAGE_POISON']],
    // Pages that came back as zeroes would be fine, but the driver cannot say so.
    ['PAGE_REPORTING', []],
  ])('a guest that clears freed memory, offered %s', async (offer, kept) => {
    await using server = await Served.start({ flags: ['--offer', offer] })
    await using guest = await bootAt(server, { kernelArguments: ['init_on_free=1'] })
    await guest.insmod()
    expect(taken(server).filter((name) => name.startsWith('PAGE_')).sort()).toEqual([...kept].sort())
    await fillMemory(guest, 60)
    await freeMemory(guest)
    if (kept.length > 0) {
      await until('a report', () => server.pages('REPORT') > 10_000)
      expect((await server.ask('status', 'status')).discarded).toBeGreaterThan(10_000)
    }
    await server.balloon(2000)
    await guest.poweroff()
  })

  it('asks for statistics by itself, and ends a run of hints', async () => {
    await using server = await Served.start({ flags: ['--stats-every', '0.2'] })
    await using guest = await bootAt(server)
    await guest.insmod()
    const free = async (): Promise<number> => (await server.ask('status', 'status')).stats['free-memory'] ?? 0
    const before = await until('statistics', async () => (await free()) || null)
    await fillMemory(guest, 60)
    await until('newer statistics', async () => before - await free() > 50 * 2 ** 20)
    await freeMemory(guest)
    for (let runs = 1; runs <= 2; runs++) {
      server.command('hint')
      const commands = (): number => server.all('requests').filter(({ kind }) => kind === 'HINT_COMMAND').reduce((sum, line) => sum + line.requests, 0)
      // The driver says the run's number first, and last that it has ended.
      await until('a whole run', () => commands() === 2 * runs)
    }
    expect(server.pages('HINT')).toBeGreaterThan(2 * 30_000)
    await guest.poweroff()
  })
})
