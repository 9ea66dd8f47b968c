import { gfn } from '@hintlab/kit'
import { RequestKind } from '@hintlab/protocol'
import { describe, expect, test } from 'vitest'
import { AssignedDevice } from './backing/assigned-device.ts'
import type { AssignedMode } from './backing/assigned-device.ts'
import type { DeviceOptions } from './device.ts'
import { makeVm, serve } from './testing/index.ts'
import type { ScriptedRequest, VmFixture } from './testing/index.ts'
import type { VmFixtureOptions } from './testing/make-vm.ts'

const REASONS = ['refusedBacking', 'refusedPartial', 'gathered', 'refusedPinned', 'kept', 'zeroed', 'lazy'] as const

interface Case {
  readonly memory: VmFixtureOptions
  readonly entries: readonly (readonly [number, number])[]
  readonly kind?: number
  readonly options?: Partial<DeviceOptions>
  readonly assigned?: AssignedMode
}

/** All memory is touched, one request is served; the answer, what the device counted as discarded, and why pages stayed. */
function answerOf({ memory, entries, kind = RequestKind.REPORT, options = {}, assigned }: Case): string {
  const fixture: VmFixture = makeVm({ vcpus: 1, ...memory })
  for (let page = 0; page < 2048; page += 512) fixture.vm.prefault(gfn(page), true)
  if (assigned !== undefined) fixture.vm.assigned = new AssignedDevice(fixture.engine.cols, fixture.vm, fixture.frames, { pages: 2048, mode: assigned })
  const served: string[] = []
  const request: ScriptedRequest = { kind, entries }
  const { device, source } = serve(fixture, [request], { served: (_, blocks, pages) => served.push(`${blocks} blocks, ${pages} pages`), ...options })
  fixture.engine.run(1e12)
  fixture.vm.check()
  const why = REASONS.filter((name) => fixture.vm.counter(name) > 0).map((name) => `${name} ${fixture.vm.counter(name)}`)
  return [source.answers[0].slice('0: status 1, '.length), `served ${served.join()}`, `discarded ${device.counter('discardedPages')}`, ...why].join('; ')
}

const range = (first: number, count: number): (readonly [number, number])[] => Array.from({ length: count }, (_, i) => [first + i, 0] as const)

describe('a block whose discard the memory of the host refuses is ignored, not accepted', () => {
  test('by the reasons: no such call, part of a page, pinned', () => {
    expect([
      answerOf({ memory: { backing: 'anon', discard: 'remove' }, entries: [[0, 9], [512, 0]] }),
      answerOf({ memory: { backing: 'hugetlb-2m-private' }, entries: [[0, 9], [512, 8]] }),
      answerOf({ memory: {}, entries: [[0, 9]], assigned: 'ignore' }),
      answerOf({ memory: {}, entries: [[0, 9]], assigned: 'unpin' }),
    ].join('\n')).toMatchInlineSnapshot(`
      "0 accepted, 0 rejected, 2 ignored; served 0 blocks, 0 pages; discarded 0; refusedBacking 513
      1 accepted, 0 rejected, 1 ignored; served 1 blocks, 512 pages; discarded 512; refusedPartial 256
      0 accepted, 0 rejected, 1 ignored; served 0 blocks, 0 pages; discarded 0; refusedPinned 512
      1 accepted, 0 rejected, 0 ignored; served 1 blocks, 512 pages; discarded 512"
    `)
  })

  test('a call that succeeds and frees nothing is another matter', () => {
    expect([
      answerOf({ memory: { backing: 'shmem' }, entries: [[0, 9]] }),
      answerOf({ memory: { backing: 'hugetlb-2m', discard: 'remove' }, entries: [[0, 9], [512, 0]] }),
      answerOf({ memory: { discard: 'free' }, entries: [[0, 9]] }),
    ].join('\n')).toMatchInlineSnapshot(`
      "1 accepted, 0 rejected, 0 ignored; served 1 blocks, 512 pages; discarded 512; kept 512
      2 accepted, 0 rejected, 0 ignored; served 2 blocks, 513 pages; discarded 513; zeroed 1
      1 accepted, 0 rejected, 0 ignored; served 1 blocks, 512 pages; discarded 512; lazy 512"
    `)
  })

  test('parts of a page of 64 KiB are ignored until the one that completes it', () => {
    const memory = { backing: 'anon-64k' } as const
    const kind = RequestKind.INFLATE
    expect([
      answerOf({ memory, kind, entries: range(16, 15) }),
      answerOf({ memory, kind, entries: range(16, 16) }),
    ].join('\n')).toMatchInlineSnapshot(`
      "0 accepted, 0 rejected, 15 ignored; served 0 blocks, 0 pages; discarded 0; refusedPartial 15
      1 accepted, 0 rejected, 15 ignored; served 1 blocks, 1 pages; discarded 1; refusedPartial 16; gathered 16"
    `)
  })

  test('joined blocks are refused together, and freed together', () => {
    const options = { joins: true }
    const memory = { backing: 'hugetlb-2m-private' } as const
    expect([
      answerOf({ memory, options, entries: [...range(512, 512), ...range(1025, 3)] }),
      answerOf({ memory, options, entries: range(513, 511) }),
    ].join('\n')).toMatchInlineSnapshot(`
      "512 accepted, 0 rejected, 3 ignored; served 512 blocks, 512 pages; discarded 512; refusedPartial 3
      0 accepted, 0 rejected, 511 ignored; served 0 blocks, 0 pages; discarded 0; refusedPartial 511"
    `)
  })

  test('one that is looked at again is stale, refused or done', () => {
    const used = { stillUnused: (pfn: number) => pfn !== 3 }
    expect([
      answerOf({ memory: {}, entries: [[0, 9], [512, 9]], options: used }),
      answerOf({ memory: { backing: 'shmem' }, entries: [[0, 9], [512, 9]], options: used }),
      answerOf({ memory: {}, entries: [[0, 9], [512, 9]], options: used, assigned: 'ignore' }),
      answerOf({ memory: {}, entries: [[0, 9], [512, 0]], options: used, assigned: 'unpin' }),
    ].join('\n')).toMatchInlineSnapshot(`
      "2 accepted, 0 rejected, 0 ignored; served 2 blocks, 1024 pages; discarded 512
      1 accepted, 0 rejected, 1 ignored; served 1 blocks, 512 pages; discarded 0; refusedBacking 512
      1 accepted, 0 rejected, 1 ignored; served 1 blocks, 512 pages; discarded 0; refusedPinned 512
      2 accepted, 0 rejected, 0 ignored; served 2 blocks, 513 pages; discarded 1"
    `)
  })
})
