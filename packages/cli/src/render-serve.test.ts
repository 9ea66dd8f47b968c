/** What `serve` says of a guest, line by line. */
import type { ServeEvent } from '@hintlab/peer'
import { expect, test } from 'vitest'
import { renderServeEvent } from './render-serve.ts'

const STATUS = {
  fileBytes: 5 * 2 ** 20, modelBytes: 6 * 2 ** 20, hugePages: 3, splits: 1, actual: 700, target: 1024, discarded: 2048, holes: 4, refusedHoles: 0, refaults: 17,
  costs: { device: { discard: 1_500_000 }, idle: {} }, stats: { FREE: 123456 },
}

/** Only the fields that a line is made of. */
const event = (at: number, fields: object): ServeEvent => ({ at, ...fields }) as unknown as ServeEvent

test('each event is a line, and a status a few', () => {
  const events = [
    event(0, { event: 'listening', socket: 'vb.sock', offers: ['STATS_VQ', 'VERSION_1'] }),
    event(0.25, { event: 'connected' }),
    event(0.5, { event: 'driver', features: ['VERSION_1'] }),
    event(0.5, { event: 'memory', bytes: 512 * 2 ** 20, regions: 1 }),
    event(0.5, { event: 'memory', bytes: 512 * 2 ** 20, regions: 2 }),
    event(1, { event: 'target', pages: 25_600 }),
    event(1.5, { event: 'requests', kind: 'INFLATE', requests: 100, blocks: 25_600, pages: 25_600, rejected: 0, fromNs: 0, toNs: 61e6, fileBytes: 2 ** 20, modelBytes: 0 }),
    event(2, { event: 'requests', kind: 'REPORT', requests: 1, blocks: 32, pages: 32_768, rejected: 2, fromNs: 0, toNs: 1e6, fileBytes: 0, modelBytes: 0 }),
    event(2, { event: 'requests', kind: 'HINT_COMMAND', requests: 1, blocks: 0, pages: 0, rejected: 0, fromNs: 0, toNs: 0, fileBytes: 0, modelBytes: 0 }),
    event(3, { event: 'pages', pages: 3, ranges: [[16, 1], [32, 2]] }),
    event(3, { event: 'pages', pages: 0, ranges: [] }),
    event(4, { event: 'status', ...STATUS }),
    event(5, { event: 'disconnected', ...STATUS, refusedHoles: 1, stats: {}, costs: {} }),
    event(12_345.5, { event: 'closed' }),
  ]
  expect(events.map(renderServeEvent).join('\n')).toMatchInlineSnapshot(`
    "    0.000 s  listening on vb.sock; offers STATS_VQ, VERSION_1
        0.250 s  a front-end has connected
        0.500 s  the driver takes VERSION_1
        0.500 s  memory of 512 MiB in 1 region
        0.500 s  memory of 512 MiB in 2 regions
        1.000 s  target 25,600 pages
        1.500 s  inflated 25,600 pages (100.0 MiB) in 100 requests, 61.0 ms; file 1.0 MiB, model 0.0 MiB
        2.000 s  reported 32 blocks of 32,768 pages (128.0 MiB) in 1 requests, 1.0 ms, 2 refused; file 0.0 MiB, model 0.0 MiB
        2.000 s  hint command, 1
        3.000 s  the balloon holds 3 pages:
                 0x10
                 0x20-0x21
        3.000 s  the balloon holds 0 pages
        4.000 s  file 5.0 MiB, model 6.0 MiB with 3 huge pages, 1 split; balloon 700 of 1,024 pages; 2,048 pages given back in 4 holes, 17 touched again
                 modeled cost, device, ms: discard 1.5
                 modeled cost, idle, ms: none
                 statistics: FREE 123,456
        5.000 s  the front-end has gone
    file 5.0 MiB, model 6.0 MiB with 3 huge pages, 1 split; balloon 700 of 1,024 pages; 2,048 pages given back in 4 holes, 1 refused, 17 touched again
    12345.500 s  closed"
  `)
})

test('what a person need not see is no line', () => {
  expect(renderServeEvent(event(1, { event: 'queue', queue: 0, running: true }))).toBeNull()
  expect(renderServeEvent(event(1, { event: 'of a later version' }))).toBeNull()
})
