import { expect, it } from 'vitest'
import * as limits from './limits.ts'

it('prints the limits', () => {
  expect(Object.entries(limits).map(([name, value]) => `${name} ${value}`).sort().join('\n')).toMatchInlineSnapshot(`
    "BALLOON_CONFIG_BYTES 16
    BALLOON_PFNS_MAX 256
    BATCH_BYTES_MAX 6164
    BATCH_ENTRIES_MAX 1024
    CHAIN_DESCRIPTORS_MAX 1026
    GPA_LIMIT 4503599627370496
    MESSAGE_BYTES_MAX 8192
    PFN_LIMIT 4294967296
    QUEUE_SIZE_MAX 32768
    REPORT_BLOCKS_MAX 32
    WIRE_ORDER_MAX 18"
  `)
})
