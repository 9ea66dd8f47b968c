import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Feature, featureSet } from '@hintlab/protocol'
import { ForeignMemory } from '../foreign-memory.ts'
import { peerSuite } from '../testing/peer-suite.ts'
import { BALLOON_FEATURES, PlainBalloon } from '../testing/plain-balloon.ts'
import { ProtocolFeature } from '../vhost-user/requests.ts'
import { VhostUserServer } from '../vhost-user/server.ts'
import { findUml } from './find.ts'
import { UmlGuest } from './guest.ts'
import { PageFlag, comparePages } from './proc.ts'
import { checksums, fillMemory, freeMemory, keepFiles } from './workload.ts'

const search = findUml()

/** A guest and its device in this process: the server is stepped between the turns of the event loop, on which the guest's console is read. */
async function withGuest(
  features: readonly number[], use: (at: { guest: UmlGuest; device: PlainBalloon; server: VhostUserServer; memory: ForeignMemory }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-vhost-'))
  const memory = new ForeignMemory()
  const device = new PlainBalloon(memory, featureSet(...BALLOON_FEATURES, ...features))
  const path = join(folder, 'balloon.sock')
  // Without REPLY_ACK: the kernel wants an answer to the very message that negotiates it, which the server does not give yet.
  const protocolFeatures = featureSet(ProtocolFeature.MQ, ProtocolFeature.BACKEND_REQ, ProtocolFeature.CONFIG)
  const server = new VhostUserServer({ path, device, memory, protocolFeatures })
  let stopped = false
  const serve = () => {
    while (server.step(0));
    if (!stopped) setTimeout(serve, 1)
  }
  serve()
  try {
    await using guest = await UmlGuest.start({ paths: search.found!, memoryMib: 256, socket: path })
    await use({ guest, device, server, memory })
  } finally {
    stopped = true
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Waits for what the guest does by itself; the limit is for liveness only. */
async function until(what: string, holds: () => boolean, limitMs = 30_000): Promise<void> {
  for (const end = Date.now() + limitMs; !holds();) {
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const VARIANTS: [string, readonly number[]][] = [
  ['a split ring', []],
  ['event indexes and indirect tables', [Feature.EVENT_IDX, Feature.INDIRECT_DESC]],
  ['a packed ring', [Feature.RING_PACKED, Feature.EVENT_IDX]],
]

peerSuite('a Linux guest with our balloon', search.missing, () => {
  it.each(VARIANTS)('inflates, and its pages are the ones it calls offline, over %s', async (_, features) => {
    await withGuest(features, async ({ guest, device, server }) => {
      await guest.insmod()
      device.setTarget(10_000)
      await until('inflate', () => device.actual === 10_000)
      expect(device.inflated.size).toBe(10_000)
      const { both, hostOnly, guestOnly, unseen } = comparePages(device.inflated, await guest.kpageflags(), PageFlag.OFFLINE)
      expect({ hostOnly, guestOnly, known: both + unseen }).toEqual({ hostOnly: [], guestOnly: [], known: 10_000 })
      expect(both).toBeGreaterThan(5000)
      device.setTarget(1000)
      await until('deflate', () => device.actual === 1000)
      expect((await guest.vmstat()).get('balloon_deflate')).toBe(9000)
      expect(device.stats).not.toBeNull()
      const first = device.stats
      expect(device.askStats()).toBe(true)
      await until('statistics', () => device.stats !== first)
      await guest.rmmod()
      expect(device.inflated.size).toBe(0)
      await guest.poweroff()
      await until('disconnect', () => !server.connected)
      expect({ strange: device.strange, malformed: server.counters.malformed, refused: server.counters.refused }).toEqual({
        strange: 0, malformed: 0, refused: 0,
      })
    })
  })

  it('reports what is freed, the memory file shrinks, and what is kept stays', async () => {
    await withGuest([], async ({ guest, device, memory }) => {
      await guest.insmod()
      const kept = await keepFiles(guest, { files: 4, mibEach: 4 })
      await fillMemory(guest, 120)
      const full = memory.allocatedBytes()
      await freeMemory(guest)
      await until('reports', () => full - memory.allocatedBytes() > 90 * 2 ** 20)
      expect(device.reported.every(({ gpa, length }) => length % 2 ** 22 === 0 && gpa % 2 ** 22 === 0)).toBe(true)
      expect(await checksums(guest)).toBe(kept)
      expect(device.strange).toBe(0)
      await guest.poweroff()
    })
  })
})
