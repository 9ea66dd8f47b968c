import { expect, test } from 'vitest'
import { hostAlone } from './host-alone.ts'

test('the host answers every request of a scripted driver, and discards what it may', () => {
  expect(hostAlone().join('\n')).toMatchInlineSnapshot(`
    "0: status 1, 2 accepted, 0 rejected, 0 ignored
    1: status 2, 1 accepted, 2 rejected, 0 ignored
    2: status 1, 0 accepted, 0 rejected, 1 ignored
    3: status 3, 0 accepted, 0 rejected, 0 ignored
    4: status 3, 0 accepted, 0 rejected, 0 ignored
    discarded 0+512 512+512 1024+512, resident 512 pages, refused 2"
  `)
})
