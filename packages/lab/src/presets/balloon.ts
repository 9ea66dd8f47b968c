/**
 * The balloon as an interface for free memory (drivers/virtio/virtio_balloon.c): the host's manager looks at the guest's statistics and sets a target; the
 * guest inflates 256 pages of 4 KiB per message and waits for each, deflates in the same steps, and on its own when it is out of memory (DEFLATE_ON_OOM).
 * Compaction moves a balloon page by inflating the new one before it deflates the old one, where the guest has compaction.
 */
import { Balloon, BALLOON_PFNS } from '@hintlab/guest'
import type { HintCounter } from '@hintlab/guest'
import { ns, PAGE_SIZE, pagesIn } from '@hintlab/kit'
import { QueueRole } from '@hintlab/protocol'
import { balloonManager } from './balloon-manager.ts'
import { mustWait, notOnLog } from './policy-part.ts'
import type { PolicyPart, RunPolicy } from './policy-part.ts'
import { SideChannel } from './side-channel.ts'

export const balloonPart: PolicyPart = {
  name: 'balloon',
  origin: 'virtio-balloon, drivers/virtio/virtio_balloon.c',
  idea: 'a manager of the host sets the target from the guest\'s statistics; 256 pages of 4 KiB per message, told and waited for',
  group: 'balloon',
  captures: false,
  stats: true,
  safeguards: [],
  refuses: (axes) => notOnLog(axes) ?? mustWait(axes),
  queues: (_run, wire) => {
    const roles = wire === 'native' ? [QueueRole.INFLATE, QueueRole.DEFLATE] : [QueueRole.INFLATE]
    return roles.map((role) => ({ entriesMax: BALLOON_PFNS, slots: 1, role }))
  },
  build: ({ engine, kernel, ports: [inflate, deflate = inflate], vcpus, run: { balloon: settings }, stats }) => {
    const balloon = new Balloon(engine, kernel, { inflate, deflate }, vcpus[0], 0)
    balloon.resume({ deflateOnOom: settings['deflate-on-oom'], releaseBeforeAck: false })
    kernel.oomNotifiers.push(balloon)
    const options = {
      intervalNs: ns(Math.round(settings['interval-ms'] * 1e6)),
      reservePages: pagesIn(settings.reserve),
      rounds: settings.rounds,
    }
    const side = new SideChannel({ heed: ({ numPages }) => balloon.setTarget(numPages), show: () => balloon.actual })
    return {
      policy: passivePolicy(balloon), client: balloon, balloon, side,
      hostTasks: [{ name: 'balloon manager', body: (task) => balloonManager(task, engine, side, stats!, options) }],
    }
  },
  tiny: () => ({ 'interval-ms': 0, reserve: 2 * PAGE_SIZE, rounds: 3 }),
}

/** A balloon sees no free: what a run reads of a policy, it reads of the balloon. */
function passivePolicy(balloon: Balloon): RunPolicy {
  const counters: Partial<Record<HintCounter, () => number>> = { hintedPages: () => balloon.inflatedPages, awayMax: () => balloon.actualMax }
  return {
    records: { counter: (name) => counters[name]?.() ?? 0 },
    get pagesAway() {
      return balloon.actual
    },
    returns: 0,
    collect: () => {},
    due: () => false,
    *handle() {},
    *waitForReports() {
      return false
    },
    check: () => balloon.check(),
  }
}
