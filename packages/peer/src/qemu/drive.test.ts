/** Our guest package on QEMU's balloon: every form of ring on virtio-mmio, and on PCI those that differ most. */
import { expect, it } from 'vitest'
import { MIB } from '@hintlab/kit'
import { peerSuite } from '../testing/peer-suite.ts'
import { drive } from './drive.ts'
import type { DriveResult } from './drive.ts'
import { findQemu } from './find.ts'

const search = findQemu()

/** A guest in which reports are smaller, so that it has room for them. */
const SMALL = { memory: 32 * MIB, pages: 1500, reporting: { order: 6 } }

const BOTH = [false, true] as const
const forms = BOTH.flatMap((packed) => BOTH.flatMap((eventIdx) => BOTH.map((indirect) => ({ packed, eventIdx, indirect }))))

const render = ({ steps }: DriveResult): string =>
  steps.map(({ name, seen, wrong }) => [name, ...Object.entries(seen).map(([key, value]) => `${key} ${value}`), ...wrong].join(' | ')).join('\n')

peerSuite('our guest on a balloon of QEMU', 'found' in search ? null : search.missing, () => {
  it('does all that a guest does, and each page is where both sides say', async () => {
    const result = await drive({ memory: 128 * MIB })
    expect(render(result)).toMatchInlineSnapshot(`
      "negotiate | features STATS_VQ PAGE_REPORTING INDIRECT_DESC EVENT_IDX VERSION_1 | file KiB 130048
      inflate | pages 8192 | requests 32 | file KiB 97280 | freed KiB 32768
      rebind | deflate requests 32 | pages 8192 | file KiB 97280
      deflate | pages 0 | requests 64 | file KiB 97280
      report | passes 1 | reports 1 | pages 28672 | freed KiB 91136 | file KiB 14336
      use again | pages 4096 | file KiB 19456
      statistics | free 130605056 | total 133169152"
    `)
    expect(result.ok).toBe(true)
  })

  it.each(forms)('on every form of ring: %j', async (form) => {
    const result = await drive({ ...form, ...SMALL })
    expect(result.steps.flatMap(({ wrong }) => wrong)).toEqual([])
  })

  it.each([{ packed: false }, { packed: true }])('over PCI, with hints during a migration: %j', async (form) => {
    const result = await drive({ machine: 'q35', ...form, ...SMALL, freePageHint: true })
    expect(result.steps.flatMap(({ wrong }) => wrong)).toEqual([])
    expect(result.steps.map(({ name }) => name)).toContain('hints')
  })

  it('a device that offers no reporting is not asked for it', async () => {
    const result = await drive({ ...SMALL, freePageReporting: false })
    expect(result.steps.map(({ name }) => name)).toEqual(['negotiate', 'inflate', 'rebind', 'deflate', 'statistics'])
    expect(result.ok).toBe(true)
  })
})
