/**
 * Two transports under the same policy and load: a guest buffers freed blocks and sends them by a hypercall that it waits for, or over a virtqueue whose answer
 * comes by interrupt while it goes on.
 *
 * Run it from the root:  npx tsx examples/002-two-transports/two-transports.ts
 */
import { fileURLToPath } from 'node:url'
import { MIB } from '@hintlab/kit'
import { COMPARED, parsePhases, parseRunOptions, runPhases } from '@hintlab/lab'

// 1. The guest, and what is not the default of a run. Everything that can be set is in packages/lab/src/options.ts.
const options = parseRunOptions({ guest: { memory: 256 * MIB, vcpus: 2 }, start: 'fresh', workload: { 'settle-s': 5 } })

// 2. The load: phases as in a scenario file. Two bursts of huge pages, each held and freed.
const phases = parsePhases([
  { seconds: 4, run: [{ do: 'burst', size: '128 MiB', order: 9, 'over-ms': 200, 'hold-ms': 500, 'pause-ms': 500, times: 2 }] },
])

/** A line for each of two rows of `hintlab compare`. */
export function twoTransports(): string[] {
  return ['buffer, hypercall', 'buffer, virtqueue, async'].map((name) => {
    const row = COMPARED.find((candidate) => candidate.name === name)
    // 3. A run is a function of its input: the same input gives the same result, byte for byte.
    const { memory, cost, latency, violations } = runPhases({ name, options, interface: row?.interface ?? null, phases })
    const returned = `${Math.round(memory.returned / MIB)} MiB returned`
    const times = `${Math.round(cost.vcpuHintingNs / 1000)} us of vCPU time for hints, worst free ${Math.round(latency.free.max / 1000)} us`
    return `${name.padEnd(24)} ${returned}, ${times}, ${violations} violations`
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(twoTransports().join('\n'))
