import { expect, test } from 'vitest'
import { guestAlone } from './guest-alone.ts'

test('the guest reports again what the host refused', () => {
  expect(guestAlone().join('\n')).toMatchInlineSnapshot(`
    "report 2 blocks from frame 1024 and 0
    report 2 blocks from frame 3072 and 2048
    report 2 blocks from frame 5120 and 4096
    report 2 blocks from frame 7168 and 6144
    report 2 blocks from frame 2048 and 3072
    passes 3, refused or lost 1, away 0, free 8192 of 8192"
  `)
})
