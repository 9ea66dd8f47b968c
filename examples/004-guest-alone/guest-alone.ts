/**
 * The guest package alone: a kernel with page reporting, and a host that is a script. It takes the first report late, refuses the second, and takes the rest.
 *
 *     GuestKernel --frees--> PageReporting --report--> FakePort --script--> late | refused | taken
 *
 * Run it from the root:  npx tsx examples/004-guest-alone/guest-alone.ts
 */
import { fileURLToPath } from 'node:url'
import { ALL_SAFEGUARDS, PAGE_REPORTING_DEFAULTS, PageReporting } from '@hintlab/guest'
import { allocate, makeGuest, release } from '@hintlab/guest/testing'
import { MS, ns, SECOND } from '@hintlab/kit'
import { Status } from '@hintlab/protocol'

/** Runs ten seconds of a guest; returns what it has reported. */
export function guestAlone(): string[] {
  // 1. A guest of 32 MiB, and a host that exists as answers only.
  const script = (n: number) => (n === 0 ? { delayNs: 50 * MS } : n === 1 ? { status: Status.INHIBITED } : {})
  const guest = makeGuest(8192, { script, entriesMax: 2 })

  // 2. The policy under test, with reports of two blocks.
  const options = { ...PAGE_REPORTING_DEFAULTS, delayNs: ns(2 * SECOND), capacity: 2, safeguards: ALL_SAFEGUARDS }
  const policy = new PageReporting(guest.engine, guest.kernel, guest.port, [guest.vcpu], options)
  guest.install(policy)

  // 3. A load: at 5 s a huge page is taken, held for a second, and freed.
  guest.task(5 * SECOND, function* (task) {
    const pfn = yield* allocate(guest, task, 9)
    yield* release(guest, task, pfn)
  })

  // 4. Ten seconds. Then nothing is in flight, and nothing is lost.
  guest.run(10 * SECOND)
  const { records } = policy
  return [
    ...guest.port.requests.map((request, i) => `${request} blocks from frame ${guest.port.pfns[i].join(' and ')}`),
    `passes ${records.counter('passes')}, refused or lost ${records.counter('failed')}, away ${policy.pagesAway}, free ${guest.kernel.mm.freePages()} of 8192`,
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(guestAlone().join('\n'))
