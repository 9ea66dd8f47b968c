/** Rules 80 to 121: devices in general, virtio-mmio, virtio-mem, vhost-user. */
import { suite, toRule, trace, unchecked } from './rule.ts'
import type { Row } from './rule.ts'

const MEM = unchecked('virtio-mem is not modelled')
const SUSPEND = unchecked('SUSPEND (virtio 1.4) is not offered')

const ROWS: readonly Row[] = [
  [80, 'D', 'must', '3.1.1', 'Initialisation in order: reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK, read back, set up, DRIVER_OK', trace],
  [81, 'D', 'must', '2.1.1', 'A status bit is never cleared; after FAILED comes a reset', trace],
  [82, 'V', 'must', '2.1.2', 'No buffer is used and no notification sent before DRIVER_OK', trace],
  [83, 'V', 'must', '2.1.2', 'DEVICE_NEEDS_RESET after DRIVER_OK is announced by a configuration change', trace],
  [84, 'D', 'must', '2.2.1', 'Only offered features are accepted', trace],
  [85, 'V', 'must', '2.2.2', 'FEATURES_OK is cleared when the driver accepts what was not offered', trace],
  [86, 'V', 'must', '2.4.1', 'Once a reset is done the device uses no buffer and sends no notification', trace],
  [87, 'V', 'must', '2.5.2', 'The generation changes when the configuration does', trace],
  [88, 'DV', 'must', '2.5', 'Offered fields can be read before FEATURES_OK; a larger configuration is accepted',
    suite('packages/transport/src/virtio/negotiation.test.ts')],
  [89, 'DV', 'must', '2.6.1', 'RING_RESET: a queue is still from its reset to its being enabled again', trace],
  [90, 'D', 'must', '2.6', 'Exposed buffers and rings are not altered or moved', trace],
  [91, 'DV', 'must', '6.1', 'VERSION_1 is offered and accepted', trace],
  [92, 'DV', 'must', '2.1 (1.4)', 'SUSPEND', SUSPEND],
  [93, 'V', 'must', '2.8.10', 'Packed, IN_ORDER: buffers are used in the order in which they were made available', trace],
  [94, 'D', 'must', '4.2.2.2', 'MMIO: a device with another magic, version or device id 0 is left alone', trace],
  [95, 'DV', 'must', '4.2.2', 'MMIO: interrupt status bits stay until they are acknowledged, and only those are', trace],
  [96, 'V', 'must', '4.2.2.1', 'MMIO: a reset clears InterruptStatus and QueueReady', trace],
  [97, 'V', 'must', '4.2.2.1', 'MMIO: ConfigGeneration changes when the configuration does', trace],
  [98, 'V', 'must', '4.2.2.1', 'MMIO: a queue is not touched while QueueReady is 0', trace],
  [99, 'D', 'must', '4.2.2.2', 'MMIO: QueueSize within its maximum; queue registers are not written while the queue is ready', trace],
  [100, 'V', 'must', '4.2.2.1', 'MMIO: QueueReset reads 0, with QueueReady 0, when it is finished', trace],
  [101, 'D', 'must', '4.2.2.2', 'MMIO: selectors before what they select; control registers are accessed as 32 bits', trace],
  [102, 'D', 'must', '4.2.3.4', 'MMIO: InterruptStatus is read after an interrupt, before it is acknowledged', trace],
  [103, 'D', 'must', '5.15.4', 'virtio-mem: the driver writes no configuration', MEM],
  [104, 'V', 'must', '5.15.4', 'virtio-mem: sizes and addresses are multiples of the block size', MEM],
  [105, 'V', 'must', '5.15.4', 'virtio-mem: changes of the requested size are announced', MEM],
  [106, 'V', 'must', '5.15.6', 'virtio-mem: requests succeed as a whole or not at all', MEM],
  [107, 'V', 'must', '5.15.6', 'virtio-mem: UNPLUG ALL and STATE tell the truth', MEM],
  [108, 'DV', 'must', '5.15.6', 'virtio-mem: plugged blocks stay, unplugged ones are left alone', MEM],
  [109, 'D', 'must', '5.15.6', 'virtio-mem: no suspend without PERSISTENT_SUSPEND', MEM],
  [110, 'DV', 'must', 'vhost-user', 'Messages have version 1; a reply repeats its request with the reply bit', trace],
  [111, 'V', 'must', 'vhost-user', 'Every request that needs a reply gets one, and no other does', trace],
  [112, 'V', 'must', 'vhost-user', 'A stopped or disabled ring is not processed', trace],
  [113, 'V', 'must', 'vhost-user', 'With PROTOCOL_FEATURES rings begin disabled', trace],
  [114, 'V', 'must', 'vhost-user', 'The configuration may change while rings are processed', unchecked('no message shows what a back-end does meanwhile')],
  [115, 'V', 'must', 'vhost-user', 'Protocol features can be asked for before SET_FEATURES', trace],
  [116, 'V', 'must', 'vhost-user', 'Dirty log', unchecked('LOG_SHMFD is not offered')],
  [117, 'V', 'must', 'vhost-user', 'No writes after migration ended', unchecked('LOG_SHMFD is not offered')],
  [118, 'V', 'must', 'vhost-user', 'In-flight region', unchecked('INFLIGHT_SHMFD is not offered')],
  [119, 'D', 'must', 'vhost-user', 'In-band notifications only with REPLY_ACK and the back-end channel', trace],
  [120, 'D', 'must', 'vhost-user', 'A device with a fixed number of queues needs no MQ',
    unchecked('nothing in a conversation shows that a front-end would not go on')],
  [121, 'V', 'must', 'vhost-user', 'A malformed message ends the connection', trace],
]

export const DEVICE_RULES = ROWS.map(toRule)
