import { expect, test } from 'vitest'
import { recordAndReplay } from './record.ts'

test('a run is recorded, read, checked and replayed side by side', async () => {
  expect((await recordAndReplay()).join('\n')).toMatchInlineSnapshot(`
    "10     2.000000560  cpu0  chain           queue 0 head 0: read 106 at 0x1000050, write 28 at 0x1000130  report of 28 blocks, run 0: 0x7c00/10 0x7800/10 0x7400/10 0x7000/10 0x6c00/10 0x6800/10 0x6400/10 0x6000/10 and 20 more
    11     2.000000560  cpu0  kick            queue 0
    12     2.000002140  cpu0  exit            kick target 0x0 result 0, 900 ns in the host
    13     2.000007200  cpu1  memory          discard 0x7c00000 length 0x400000
    43 events, 0 findings of the linter
    guest alone: 11 events alike
    host alone: 39 events alike
    host alone: 9 events alike, then: 13     2.000007200  cpu1  used            queue 0 head 0 length 2  inhibited, accepted 0, rejected 0, ignored 0"
  `)
})
