/** Real Linux guests that come and go at a running server. */
import { createConnection } from 'node:net'
import { expect, it } from 'vitest'
import { peerSuite } from '@hintlab/peer/testing'
import { bootAt, cycle, search, until } from './guests.ts'
import { Served } from './served.ts'

const PAGES = 20_000

peerSuite('guests come and go', search.missing, () => {
  it('serves one guest after another', async () => {
    await using server = await Served.start()
    for (let i = 0; i < 6; i++) await cycle(server, PAGES)
    expect(server.all('disconnected').map(({ discarded, refusedHoles }) => [discarded, refusedHoles])).toEqual(
      [1, 2, 3, 4, 5, 6].map((guests) => [guests * PAGES, 0]),
    )
    expect(await server.quit()).toBe(0)
    expect(server.errors).toBe('')
  })

  it('serves three guests at a time with three servers', async () => {
    await Promise.all([1, 2, 3].map(async () => {
      await using server = await Served.start()
      for (let i = 0; i < 2; i++) await cycle(server, PAGES)
      expect(await server.quit()).toBe(0)
    }))
  })

  it('goes on when a guest is killed, and when its front-end is no front-end', async () => {
    await using server = await Served.start()
    const guest = await bootAt(server)
    await guest.insmod()
    await server.balloon(5000)
    const gone = server.next('disconnected')
    await guest.kill()
    expect(await gone).toMatchObject({ actual: 5000 })
    // Not the protocol; a request that does not exist; half a header; nothing at all.
    const noise = ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', Buffer.from('ff000000010000000400000000000000', 'hex'), Buffer.from('0100', 'hex'), '']
    for (const bytes of noise) {
      const left = server.next('disconnected')
      createConnection(server.socket).on('error', () => {}).end(bytes)
      await left
    }
    await cycle(server, 5000)
    expect(await server.quit()).toBe(0)
  })

  it('lets a second guest wait until the first has gone', async () => {
    await using server = await Served.start()
    await using first = await bootAt(server)
    await first.insmod()
    const connections = (): number => server.all('connected').length
    const second = bootAt(server)
    await server.balloon(3000)
    expect(connections()).toBe(1)
    await first.poweroff()
    await using guest = await second
    await until('the second guest', () => connections() === 2)
    await guest.insmod()
    // The target is the owner's, for whatever guest there is.
    await server.balloon(3000)
    expect((await guest.vmstat()).get('balloon_inflate')).toBe(3000)
    await guest.poweroff()
    expect(await server.quit()).toBe(0)
  })

  it('is killed and started again while the guest lives on', async () => {
    const server = await Served.start()
    await using guest = await bootAt(server)
    await guest.insmod()
    await server.balloon(4000)
    // Empty again: the driver takes its pages out before it lets go of a device that is gone, and would wait for the answers for ever.
    await server.balloon(0)
    await server.kill()
    expect((await guest.vmstat()).get('balloon_inflate')).toBe(4000)
    await using again = await Served.start()
    expect(await guest.must('echo alive')).toBe('alive\n')
    await guest.poweroff()
    await cycle(again, 4000)
  })

  it('ends after the first guest, and by a signal', async () => {
    await using once = await Served.start({ flags: ['--once', '--balloon', '8M'] })
    await using guest = await bootAt(once)
    await guest.insmod()
    await until('the first target', async () => (await once.ask('status', 'status')).actual === 2048)
    await guest.poweroff()
    expect(await once.ended).toBe(0)
    expect(once.events.at(-1)).toMatchObject({ event: 'closed' })
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      await using server = await Served.start()
      process.kill(server.pid, signal)
      expect(await server.ended).toBe(0)
    }
  })
})
