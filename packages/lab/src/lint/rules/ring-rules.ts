/** Rules 49 to 79: split and packed rings. */
import { exploration, suite, toRule, trace, unchecked } from './rule.ts'
import type { Row } from './rule.ts'

const RING = 'packages/transport/src/ring'
const ORDERING = exploration(`${RING}/ordering.test.ts`)

const ROWS: readonly Row[] = [
  [49, 'D', 'must', '2.7', 'Split: parts aligned to 16, 2 and 4 bytes, size a power of two up to 32768', trace],
  [50, 'D', 'must', '2.7.4.2', 'Split: what the device writes stands behind what it reads', trace],
  [51, 'D', 'must', '2.7.5', 'Split: a chain has no loop, at most as many descriptors as the queue, at most 2^32 bytes', trace],
  [52, 'V', 'must', '2.7.4.1', 'Split: the device writes neither buffers it may only read nor the descriptor table', trace],
  [53, 'V', 'must', '2.7.9', 'Split, IN_ORDER: buffers are used in the order in which they were made available', trace],
  [54, 'D', 'must', '2.7.5.3.1', 'Split: an indirect table only if negotiated, never in a table, never with NEXT', trace],
  [55, 'V', 'must', '2.7.5.3.2', 'Split: WRITE on the descriptor of a table is ignored; descriptors may stand before it',
    suite(`${RING}/hostile-table.test.ts`)],
  [56, 'D', 'must', '2.7.6.1', 'Split: the available index never goes back', trace],
  [57, 'DV', 'must', '2.7.7', 'Split: flags are 0 or 1, and 0 with EVENT_IDX', trace],
  [58, 'DV', 'must', '2.7.7', 'Split, without EVENT_IDX: a notification is sent when the flag asks for it', trace],
  [59, 'DV', 'must', '2.7.10', 'Split, with EVENT_IDX: a notification is sent when the index passes the event index', trace],
  [60, 'DV', 'must', '2.7.10', 'Both sides bear notifications without a cause', suite(`${RING}/notification.test.ts`)],
  [61, 'V', 'must', '2.7.8.2', 'Split: a used element names a chain in flight, and no more bytes than it can hold', trace],
  [62, 'D', 'must', '2.7.8.3', 'The driver relies on no byte beyond the used length', unchecked('no driver of a balloon reads what the device wrote')],
  [63, 'DV', 'must', '2.7.13', 'Split: barriers before an index and before the flags of the other side', ORDERING],
  [64, 'V', 'must', '2.6.4', 'A message means the same however it is divided into descriptors', suite('packages/transport/src/wire/native-device.test.ts')],
  [65, 'V', 'must', '2.7.7', 'Legacy NOTIFY_ON_EMPTY', unchecked('legacy: hintlab does not offer it')],
  [66, 'D', 'must', '2.8', 'Packed: parts aligned to 16 and 4 bytes, size up to 32768', trace],
  [67, 'DV', 'must', '2.8.1', 'Packed: wrap counters begin at 1, AVAIL and USED mean what they say', suite(`${RING}/wrap.test.ts`)],
  [68, 'V', 'must', '2.8.6', 'Packed: buffers are taken in ring order, used descriptors written in order of completion', suite(`${RING}/queue-twin.test.ts`)],
  [69, 'V', 'must', '2.8.21', 'Packed: a descriptor is not read before AVAIL, nor touched after USED', ORDERING],
  [70, 'D', 'must', '2.8.21', 'Packed: a descriptor is not changed between AVAIL and USED', ORDERING],
  [71, 'D', 'must', '2.8.21', 'Packed: the first descriptor of a chain is made available last', ORDERING],
  [72, 'D', 'must', '2.8.21', 'Packed: there is room for the whole chain before it begins', suite(`${RING}/queue-twin.test.ts`)],
  [73, 'V', 'must', '2.8.8', 'Packed: one used descriptor per chain, which names a chain in flight', trace],
  [74, 'D', 'must', '2.8.17', 'Packed: a chain fits the queue; what the device writes stands behind what it reads', trace],
  [75, 'D', 'must', '2.8.19', 'Packed: an indirect table only if negotiated, never in a table, never with NEXT', trace],
  [76, 'DV', 'must', '2.8.14', 'Packed: event suppression is enable, disable or, with EVENT_IDX, an index; enabled means that a notification is sent', trace],
  [77, 'DV', 'must', '2.8.21', 'Packed: barriers before a descriptor\'s flags and before event suppression is read', ORDERING],
  [78, 'D', 'must', '2.9', 'NOTIFICATION_DATA names the next descriptor', unchecked('NOTIFICATION_DATA is not offered')],
  [79, 'V', 'must', '2.8.5', 'Packed: the device does not write buffers it may only read', trace],
]

export const RING_RULES = ROWS.map(toRule)
