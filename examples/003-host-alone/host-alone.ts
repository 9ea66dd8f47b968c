/**
 * The host package alone: a VM and its hint device, and a driver that is a list of requests. No guest, no transport.
 *
 *     ScriptedSource --requests--> HintDevice --discard--> Vm
 *            ^------- answers ---------+
 *
 * Run it from the root:  npx tsx examples/003-host-alone/host-alone.ts
 */
import { fileURLToPath } from 'node:url'
import { makeVm, serve } from '@hintlab/host/testing'
import { gfn } from '@hintlab/kit'
import { RequestKind } from '@hintlab/protocol'

/** Sends good and bad requests; returns the answers, and what the host has discarded. */
export function hostAlone(): string[] {
  // 1. A VM of 2048 pages, all of them in huge pages of the host.
  const fixture = makeVm({ pages: 2048, frames: 2048 })
  for (let frame = 0; frame < 2048; frame += 512) fixture.vm.prefault(gfn(frame), true)

  // 2. What a driver would send, faults included: the host believes nothing.
  const { source, device } = serve(fixture, [
    { entries: [[0, 9], [512, 9]] },
    { entries: [[1024, 9], [700, 9], [4096, 9]] }, // the second is not aligned, the third outside the guest
    { kind: RequestKind.HINT, run: 7, entries: [[1536, 9]] }, // of a run that the host has not begun
    { kind: 99, entries: [[1536, 9]] },
    { readable: false },
  ])

  // 3. Virtual time. Every request has one answer.
  fixture.engine.run(1e9)
  fixture.vm.check()
  return [...source.answers, `discarded ${fixture.discarded.join(' ')}, resident ${fixture.vm.residentPages} pages, refused ${device.counter('refused')}`]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(hostAlone().join('\n'))
