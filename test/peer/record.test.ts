/** A recorded conversation of a real driver with our device, held against the rules of the specification. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { lintFile, readConversation } from '@hintlab/lab'
import { fillMemory, freeMemory } from '@hintlab/peer'
import { peerSuite } from '@hintlab/peer/testing'
import { bootAt, search, until } from './guests.ts'
import { Served } from './served.ts'

peerSuite('recordings of a guest', search.missing, () => {
  it.concurrent.each([
    ['a packed ring', []],
    ['a split ring', ['--offer', 'STATS_VQ,DEFLATE_ON_OOM,FREE_PAGE_HINT,PAGE_REPORTING,EVENT_IDX,INDIRECT_DESC']],
    ['fewer queues', ['--offer', 'FREE_PAGE_HINT,PAGE_REPORTING']],
  ])('%s: neither the driver nor our device breaks a rule', async (_, flags) => {
    const folder = mkdtempSync(join(tmpdir(), 'hintlab-record-'))
    try {
      const file = join(folder, 'conversation.bin')
      await using server = await Served.start({ flags: ['--record', file, ...flags] })
      await using guest = await bootAt(server)
      for (let binds = 1; binds <= 2; binds++) {
        const from = server.events.length
        await guest.insmod()
        await server.balloon(3000)
        server.command('stats')
        server.command('hint')
        await fillMemory(guest, 60)
        await freeMemory(guest)
        await until('reports', () => server.pages('REPORT', from) > 5000)
        await server.balloon(500)
        await guest.rmmod()
      }
      await guest.poweroff()
      expect(await server.quit()).toBe(0)
      const { header, events } = readConversation(file)
      expect(header).toMatchObject({ driver: 'linux', device: 'hintlab', numbering: 'dense-negotiated' })
      const queues = new Set(events.flatMap(({ chain }) => (chain ? [chain.queue ?? 0] : [])))
      expect(queues.size).toBeGreaterThanOrEqual(4)
      expect(events.filter(({ used }) => used).length).toBeGreaterThan(30)
      // Where Linux is known to differ, and only it: without DEFLATE_ON_OOM it takes pages back as it likes.
      const findings = lintFile(file).findings.filter(({ verdict, actor }) => verdict !== 'peer-divergence' || actor !== 'D')
      expect(findings.map(({ verdict, actor, rule, text }) => `${verdict} ${actor} ${rule} ${text}`)).toEqual([])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
