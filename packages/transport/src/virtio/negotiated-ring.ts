/** From negotiated features to the kind of ring: both ends of a queue ask here, so that they cannot understand the bits differently. */
import { Feature, hasFeature } from '@hintlab/protocol'
import type { FeatureSet } from '@hintlab/protocol'
import type { QueueOptions, QueuePlace } from '../ring/queue-options.ts'

/** A queue at `place` with the ring features of `negotiated`. They decide the format, whatever `place` says of it. */
export function ringOptions(place: QueuePlace, negotiated: FeatureSet): QueueOptions {
  const { size, descGpa, availGpa, usedGpa, tablesGpa, tableBuffers = 0 } = place
  const options = {
    size, descGpa, availGpa, usedGpa,
    packed: hasFeature(negotiated, Feature.RING_PACKED),
    eventIdx: hasFeature(negotiated, Feature.EVENT_IDX),
    indirect: hasFeature(negotiated, Feature.INDIRECT_DESC),
    inOrder: hasFeature(negotiated, Feature.IN_ORDER),
  }
  return tablesGpa === undefined ? options : { ...options, tablesGpa, tableBuffers }
}
