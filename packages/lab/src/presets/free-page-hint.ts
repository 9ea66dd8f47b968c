/**
 * Free page hinting for migration (VIRTIO_BALLOON_F_FREE_PAGE_HINT, Linux 4.20; Wei Wang): the host names a run in the configuration, the guest allocates its
 * free memory in the largest blocks, names them one by one, and ends the run; the host leaves them out of the migration. The guest holds them until the host
 * acknowledges the whole with DONE, because what is written must be sent after all, or gives some back early, when it is short of memory. Nothing is discarded.
 */
import { ConfigAccess, FreePageHints } from '@hintlab/guest'
import { BalloonConfig, HintRuns, Precopy } from '@hintlab/host'
import { ns } from '@hintlab/kit'
import { ConfigField, Feature, featureSet, QueueRole } from '@hintlab/protocol'
import { notOnLog } from './policy-part.ts'
import type { BuiltPolicy, PolicyPart, PolicyParts, RunPolicy } from './policy-part.ts'
import { SideChannel } from './side-channel.ts'

export const freePageHint: PolicyPart = {
  name: 'free-page-hint',
  origin: 'VIRTIO_BALLOON_F_FREE_PAGE_HINT, Linux 4.20',
  idea: 'during a migration the guest names its free memory in blocks of 4 MiB and holds it, so that the host need not send it',
  group: 'free-page-hint',
  captures: false,
  safeguards: [],
  refuses: (axes) => notOnLog(axes) ?? (axes.submitter === 'goes-on' ? null : 'a hint is sent without waiting for its completion: its submitter goes on'),
  queues: ({ 'free-page-hint': { slots } }) => [{ entriesMax: 1, slots, role: QueueRole.FREE_PAGE }],
  build,
  hostSide: (built) => ({
    command: (id) => built().precopy!.command(id),
    hinted: (first, order) => built().precopy!.hinted(first, order),
  }),
  tiny: () => ({ 'start-ms': 0, 'pages-per-ms': 2, 'stop-pages': 0, 'rounds-max': 2, slots: 2 }),
}

function build({ engine, kernel, vm, ghost, ports: [port], device, vcpus, run: { 'free-page-hint': settings } }: PolicyParts): BuiltPolicy {
  const config = new BalloonConfig(engine.cols, 'free page hint', featureSet(Feature.FREE_PAGE_HINT))
  const access = new ConfigAccess(engine, 'free page hint')
  access.attach({ readConfig: (field) => config.get(field as ConfigField), writeConfig: () => {} })
  const hints = new FreePageHints(engine, kernel, port, access, vcpus[0], 0)
  const side = new SideChannel({
    heed: ({ commandId }) => {
      if (config.get(ConfigField.COMMAND_ID) !== commandId) config.set(ConfigField.COMMAND_ID, commandId)
      hints.configChanged()
    },
    show: () => 0,
  })
  const runs = new HintRuns(engine.cols, config, () => {
    device.currentRun = runs.current
    side.tell({ commandId: config.get(ConfigField.COMMAND_ID) })
  }, { label: 'free page hint', idMin: 2, doneAtStop: false })
  if (settings.release === 'early') kernel.shrinkers.push(hints)
  if (settings.hints) hints.resume()
  const precopy = new Precopy(engine, vm, device, runs, {
    pages: kernel.mm.layout.pages,
    startNs: ns(Math.round(settings['start-ms'] * 1e6)),
    everyNs: ns(Math.round(settings['every-ms'] * 1e6)),
    migrations: settings.migrations,
    pagesPerMs: settings['pages-per-ms'],
    stopPages: settings['stop-pages'],
    roundsMax: settings['rounds-max'],
    arrived: (stale) => ghost.arrived(stale),
  })
  return { policy: passivePolicy(hints), client: hints, precopy, side, hostTasks: [{ name: 'migration', body: (task) => precopy.body(task) }] }
}

/** It sees no free, and nothing that it holds is missed before the guest is short of memory: then the shrinker gives it back. */
function passivePolicy(hints: FreePageHints): RunPolicy {
  const blockPages = 2 ** hints.order
  return {
    records: {
      counter: (name) => {
        if (name === 'hintedPages') return hints.hintedBlocks * blockPages
        if (name === 'hintedBlocks') return hints.hintedBlocks
        return name === 'awayMax' ? hints.heldMax * blockPages : 0
      },
    },
    get pagesAway() {
      return hints.heldBlocks * blockPages
    },
    returns: 0,
    collect: () => {},
    due: () => false,
    *handle() {},
    *waitForReports() {
      return false
    },
    check: () => hints.check(),
  }
}
