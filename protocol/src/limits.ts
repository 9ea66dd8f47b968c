/**
 * Every limit of the protocol, and how the limits depend on each other: the relations are asserted when this file is loaded. A size is
 * written as the sum that it is.
 */
import { assert, MAX_ORDER, PAGE_SIZE } from '@hintlab/kit'
import { ANSWER_BYTES_MAX, batchBytesMax } from './codec.ts'
import { GPA_LIMIT } from './regions.ts'

export { GPA_LIMIT }

/** Entries of a batch. The largest buffer of a known interface holds 1000 (per-CPU array, 2019 v8); the next power of two. */
export const BATCH_ENTRIES_MAX = 1024

/** Order of a block on the wire: 1 GiB, the largest page any host maps at once. The guest's own blocks end at MAX_ORDER. */
export const WIRE_ORDER_MAX = 18

/** Bytes of a request buffer that holds any batch this protocol writes. */
export const BATCH_BYTES_MAX = batchBytesMax(BATCH_ENTRIES_MAX)

/**
 * Bytes of a message that a reader looks at. A longer one is malformed. Room for the largest batch, for a flags column (a byte per entry)
 * as later interfaces may send, and for unknown fields of newer ones: in whole pages.
 */
export const MESSAGE_BYTES_MAX = 2 * PAGE_SIZE

/** Entries of a virtqueue: virtio 1.x, 2.7. The size of a split ring is a power of two. */
export const QUEUE_SIZE_MAX = 32768

/**
 * Descriptors of a chain: one per entry, for interfaces that name a block by a descriptor (page reporting), one request, one answer. A
 * chain is never longer than its queue either.
 */
export const CHAIN_DESCRIPTORS_MAX = BATCH_ENTRIES_MAX + 1 + 1

/** Bytes of the balloon's configuration space: num_pages, actual, free_page_hint_cmd_id, poison_val. */
export const BALLOON_CONFIG_BYTES = 4 + 4 + 4 + 4

/** Page frame numbers of one inflate or deflate request of the Linux driver: VIRTIO_BALLOON_ARRAY_PFNS_MAX. */
export const BALLOON_PFNS_MAX = 256

/** Blocks of one report of the Linux driver: PAGE_REPORTING_CAPACITY. */
export const REPORT_BLOCKS_MAX = 32

/** One past the largest page frame number that the wire carries: 16 TiB of guest memory. */
export const PFN_LIMIT = 2 ** 32

assert(MAX_ORDER <= WIRE_ORDER_MAX, 'every block of the guest can be named on the wire')
assert(WIRE_ORDER_MAX < 256, 'an order is a byte')
assert(BATCH_BYTES_MAX + BATCH_ENTRIES_MAX <= MESSAGE_BYTES_MAX, 'a reader takes every batch, with a flags column')
assert(ANSWER_BYTES_MAX <= MESSAGE_BYTES_MAX, 'a reader takes every answer')
assert(CHAIN_DESCRIPTORS_MAX <= QUEUE_SIZE_MAX, 'the longest chain fits the largest queue')
assert(BALLOON_PFNS_MAX <= BATCH_ENTRIES_MAX, 'a batch holds an inflate request of the Linux driver')
assert(REPORT_BLOCKS_MAX <= BATCH_ENTRIES_MAX, 'a batch holds a report of the Linux driver')
assert(PFN_LIMIT * PAGE_SIZE + 2 ** WIRE_ORDER_MAX * PAGE_SIZE <= GPA_LIMIT, 'the end of every block is an address')
