/**
 * A guest of nobody's that inflates a balloon before the first real one comes, so that the runtime has compiled most of what that one needs. The server's
 * processor time for the first 100 MiB of a real guest, median of four on a busy machine: 375 ms without, 295 ms with 40 requests, 285 ms with 160; the third
 * 100 MiB of the same guest: 110 ms.
 *
 *   own memory: | rings | PFNs |     driver's ring --> world of its own --> nothing is given back
 */
import { Columns, MIB, PAGE_SIZE } from '@hintlab/kit'
import { commonFeatures, Feature, featureSet, QueueRole } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import { BufferChain, makeDriverRing, placeQueue, ringOptions } from '@hintlab/transport'
import { ForeignMemory } from '../foreign-memory.ts'
import { makeMemfd } from '../native/memfd.ts'
import { makeWorld } from './guest-world.ts'
import type { WorldOptions } from './guest-world.ts'
import { RealDiscard } from './real-discard.ts'

const MEMORY_BYTES = 8 * MIB
const PFNS_GPA = 4 * MIB
/** As Linux sends them. */
const PFNS = 256
const REQUESTS = 40
const QUEUE_SIZE = 256

/** What Linux takes of the features that change the shape of a ring. */
const RING: FeatureSet = featureSet(Feature.VERSION_1, Feature.RING_PACKED, Feature.EVENT_IDX, Feature.INDIRECT_DESC)

/** Returns the requests that were answered: all, or none where the device waits for queues that are not there. */
export function rehearse(options: Omit<WorldOptions, 'tap' | 'served' | 'named'>): number {
  const memory = new ForeignMemory()
  const region = { gpa: 0, userAddress: 0, fileOffset: 0, length: MEMORY_BYTES, fd: makeMemfd(MEMORY_BYTES) }
  if (memory.replace([region]) !== null) return 0
  const discard = new RealDiscard(memory, 'none')
  const world = makeWorld(memory, discard, { ...options, tap: null, served: () => discard.flush(), named: () => {} })
  const features = commonFeatures(RING, world.backEnd.offered)
  const place = ringOptions(placeQueue(0, { size: QUEUE_SIZE, packed: false }), features)
  const cols = new Columns()
  const ring = makeDriverRing(cols, memory, { ...place, label: 'rehearsal' })
  const chain = new BufferChain(cols, cols.objects('rehearsal chain'), 'rehearsal', QUEUE_SIZE)
  let answered = 0
  if (world.backEnd.setFeatures(features) && world.backEnd.startQueue(QueueRole.INFLATE, { ...place, base: place.packed === true ? 0x8000_8000 : 0 })) {
    for (let i = 0; i < REQUESTS; i++) {
      memory.write(PFNS_GPA, new Uint8Array(Uint32Array.from({ length: PFNS }, (_, j) => (i * PFNS + PFNS - j) % (MEMORY_BYTES / PAGE_SIZE)).buffer))
      chain.clear()
      chain.addReadable(PFNS_GPA, 4 * PFNS)
      ring.addChain(chain)
      ring.publish()
      world.engine.run(i)
      if (ring.needsKick()) world.backEnd.kicked(QueueRole.INFLATE)
      world.engine.run(i)
      if (ring.popUsed() >= 0) answered++
    }
  }
  memory.clear()
  return answered
}
