import { expect, it } from 'vitest'
import { parseTrace } from './trace.ts'

it('reads the events of the balloon with their numbers, with and without a stamp', () => {
  expect(parseTrace([
    'virtio_balloon_handle_output section name: ram gpa: 0x600000',
    '4711@1700000000.123456:virtio_balloon_to_target balloon target: 0x2000000 num_pages: 8192',
    'virtio_balloon_bad_addr 0xffffff000',
    'virtqueue_pop vq 0x55 elem 0x66',
    '',
  ].join('\n'))).toEqual([
    { event: 'handle_output', numbers: [0x60_0000] },
    { event: 'to_target', numbers: [0x200_0000, 8192] },
    { event: 'bad_addr', numbers: [0xf_ffff_f000] },
  ])
})
