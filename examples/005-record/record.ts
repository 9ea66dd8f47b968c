/**
 * A run is recorded, its conversation read as text, checked against the specification, and each side replayed without the other. On the command line:
 *
 *     hintlab run bursts --record bursts.bin
 *     hintlab decode bursts.bin
 *     hintlab lint bursts.bin
 *     hintlab replay bursts.bin --guest --host
 *
 * Run it from the root:  npx tsx examples/005-record/record.ts
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MIB } from '@hintlab/kit'
import { COMPARED, eventText, kindOf, lintFile, loadRecording, parsePhases, parseRunOptions, replayGuest, replayHost, runPhases } from '@hintlab/lab'

const options = parseRunOptions({ guest: { memory: 128 * MIB, vcpus: 1 }, start: 'fresh', workload: { 'settle-s': 3 } })
const phases = parsePhases([{ seconds: 1, run: [{ do: 'burst', size: '16 MiB', order: 9, 'over-ms': 10, 'hold-ms': 100 }] }])

/** Records, and returns what can be learnt from the file. */
export async function recordAndReplay(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-example-'))
  const file = join(folder, 'burst.bin')
  const [row] = COMPARED.filter(({ name }) => name === 'reporting, virtqueue, sleeps')
  runPhases({ name: row.name, options, interface: row.interface, phases, record: { file, load: { kind: 'phases', phases } } })

  const recording = await loadRecording(file)
  const { events } = recording.conversation
  const request = events.findIndex((event) => kindOf(event) === 'chain')
  // The replays know nothing of each other: each has the recording in place of the other side.
  const replays = [replayGuest(recording), replayHost(recording), replayHost(await loadRecording(file, ['host.inhibited=true']))]
  const findings = lintFile(file).findings.length
  rmSync(folder, { recursive: true })
  return [
    ...events.slice(request, request + 4).map((event) => eventText(event).trim()),
    `${events.length} events, ${findings} findings of the linter`,
    ...replays.map(({ side, alike, divergence }) => {
      return `${side} alone: ${alike} events alike${divergence === null ? '' : `, then: ${divergence.replayed?.trim() ?? ''}`}`
    }),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await recordAndReplay()).join('\n'))
