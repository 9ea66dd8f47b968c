/** All state of both ends lies in columns: it can be put back, and every change is declared. */
import { expect, test } from 'vitest'
import { addLengths, ALL_FEATURES, featureText, makeRing } from '../testing/ring-fixture.ts'
import type { Ring, RingSettings } from '../testing/ring-fixture.ts'

/** The name of the second chain: behind the first one's two descriptors where names are heads and the first is in no table. */
const second = ({ options }: Ring): number => (options.packed === true || options.indirect === true ? 1 : 2)

/** One step of each kind; together a round trip of two chains with the wishes changed on the way. */
const steps: readonly ((ring: Ring) => unknown)[] = [
  (ring) => addLengths(ring, [4], [8]),
  (ring) => addLengths(ring, [4, 4], []),
  ({ driver }) => driver.publish(),
  ({ driver }) => driver.needsKick(),
  ({ device }) => device.disableKicks(),
  ({ device }) => device.pop(),
  ({ device }) => device.pop(),
  ({ device }) => device.enableKicks(),
  ({ driver }) => driver.disableInterrupts(),
  (ring) => ring.device.push(second(ring), 0),
  ({ device }) => device.publish(),
  ({ device }) => device.push(0, 8),
  ({ device }) => device.publish(),
  ({ device }) => device.needsInterrupt(),
  ({ driver }) => driver.enableInterrupts(),
  ({ driver }) => driver.popUsed(),
  ({ driver }) => driver.usedLength,
  ({ driver }) => driver.popUsed(),
  ({ driver }) => driver.reset(),
  ({ device }) => device.reset(),
]

const settings: RingSettings[] = ALL_FEATURES.flatMap((features) =>
  (features.packed || features.inOrder ? [true] : [true, false]).map((publishLast) => {
    return { size: 4, ...features, safeguards: { publishLast } }
  }),
)

for (const each of settings) {
  const name = `${featureText(each)}, ${each.safeguards?.publishLast === true ? 'with' : 'without'} R1`

  test(`every step changes only what it declares: ${name}`, () => {
    const ring = makeRing(each)
    ring.cols.footprint.recording = true
    for (const step of steps) {
      ring.cols.remember()
      ring.cols.footprint.begin()
      step(ring)
      expect(ring.cols.changedOutside()).toEqual([])
    }
  })

  test(`a run taken up again in the middle goes on as it did: ${name}`, () => {
    const ring = makeRing(each)
    ring.cols.seal()
    for (let cut = 0; cut <= steps.length; cut++) {
      ring.cols.reset()
      for (const step of steps.slice(0, cut)) step(ring)
      const image = ring.cols.save()
      const rest = () => [steps.slice(cut).map((step) => step(ring)), ring.cols.hash()]
      const first = rest()
      ring.cols.load(image)
      expect(rest()).toEqual(first)
    }
  })
}
