/** `hintlab drive` as a user runs it, against the QEMU of this machine. */
import { runHintlab } from '@hintlab/cli/testing'
import { findQemu } from '@hintlab/peer'
import type { DriveResult } from '@hintlab/peer'
import { peerSuite } from '@hintlab/peer/testing'
import { describe, expect, it } from 'vitest'

const search = findQemu()
const cwd = process.cwd()

peerSuite('hintlab drive', 'found' in search ? null : search.missing, () => {
  it('inflates a packed ring on PCI, and says step by step what was seen', async () => {
    const { code, stdout } = await runHintlab(['drive', '--qemu', '--machine', 'q35', '--packed', '--memory', '128M', '--json'], { cwd })
    const { ok, steps } = JSON.parse(stdout) as DriveResult
    expect(steps.flatMap(({ wrong }) => wrong)).toEqual([])
    expect({ code, ok, inflated: steps.find(({ name }) => name === 'inflate')?.seen['freed KiB'] }).toEqual({ code: 0, ok: true, inflated: 32_768 })
  })

  it('drives one machine after another', async () => {
    const { code, stdout } = await runHintlab(['drive', '--memory', '96M', '--pages', '500', '--repeat', '3'], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain('microvm split EVENT_IDX INDIRECT: as it must be')
    expect(stdout).toContain('3 machines, all as they must be')
  })
})

describe('hintlab drive', () => {
  it.each([
    [['--qemu', 'no-such-qemu'], 'no-such-qemu'],
    [['--machine', 'pc'], '--machine: found "pc"; accepted: microvm, q35'],
    [['--memory', '1'], '--memory: found "1"; accepted is a size in whole MiB from 96M to 2048M'],
    [['--pages', '0'], '--pages: found "0"'],
    [['--memory', '96M', '--pages', '13000'], "--pages: found 13000; accepted is at most half of the guest's 24,576 pages"],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await runHintlab(['drive', ...args], { cwd })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    if (args[0] === '--qemu' || 'found' in search) expect(stderr).toContain(message)
  })
})
