/**
 * `hintlab drive`: the guest package's balloon driver on a real balloon of QEMU. Each step says what was seen and what is wrong with it; with `--all` for
 * every form of ring on both machines, with `--repeat` many machines one after another.
 */
import { MIB, PAGE_SIZE } from '@hintlab/kit'
import { grouped, InputError, parseSize } from '@hintlab/lab'
import { drive, DRIVE_PAGES, findQemu, QEMU_MACHINES, QEMU_MEMORY_MAX } from '@hintlab/peer'
import type { DriveOptions, DriveResult, DriveStep } from '@hintlab/peer'
import { makeProgress } from './progress.ts'
import { wholeNumber } from './run-flags.ts'

export interface DriveFlags {
  /** True without a value. */
  readonly qemu?: string | true
  readonly machine: string
  readonly memory: string
  readonly pages: string
  readonly packed?: boolean
  readonly eventIdx: boolean
  readonly indirect: boolean
  readonly hints?: boolean
  readonly all?: boolean
  readonly repeat: string
  readonly json?: boolean
}

/** Page reporting is quiet in a guest of less than 70 MiB: 32 blocks of 2 MiB and the low watermark must be free. */
const MEMORY_MIN = 96 * MIB

interface Form {
  readonly name: string
  readonly options: DriveOptions
}

/** Returns 0 when everything was as it must be, 1 when not. */
export async function driveCommand(flags: DriveFlags): Promise<number> {
  const binary = typeof flags.qemu === 'string' ? flags.qemu : undefined
  const search = findQemu(binary)
  if (!('found' in search)) throw new InputError(`--qemu: ${search.missing}`)
  const forms = flags.all === true ? allForms(flags) : [oneForm(flags)]
  const cycles = wholeNumber('--repeat', flags.repeat, { max: 100_000 })
  const progress = makeProgress(process.stderr)
  const results: (DriveResult & { form: string })[] = []
  for (let cycle = 0; cycle < cycles; cycle++) {
    for (const { name, options } of forms) {
      progress.show(results.length, cycles * forms.length, name)
      const result = await drive({ ...(binary !== undefined && { binary }), ...options })
      progress.clear()
      results.push({ form: name, ...result })
      if (flags.json !== true) process.stdout.write(cycle === 0 || !result.ok ? describe(name, result) : '')
    }
  }
  const failed = results.filter(({ ok }) => !ok).length
  if (flags.json === true) process.stdout.write(`${JSON.stringify(cycles === 1 && flags.all !== true ? results[0] : results)}\n`)
  else process.stdout.write(summary(results.length, failed))
  return failed === 0 ? 0 : 1
}

function summary(machines: number, failed: number): string {
  const verdict = failed === 0 ? 'all as they must be' : `${grouped(failed)} not as they must be`
  return `${grouped(machines)} machine${machines === 1 ? '' : 's'}, ${verdict}\n`
}

function oneForm(flags: DriveFlags): Form {
  const machine = QEMU_MACHINES.find((name) => name === flags.machine)
  if (machine === undefined) throw new InputError(`--machine: found ${JSON.stringify(flags.machine)}; accepted: ${QEMU_MACHINES.join(', ')}`)
  const options = {
    machine, memory: memoryOf(flags.memory), pages: pagesOf(flags), packed: flags.packed ?? false, eventIdx: flags.eventIdx, indirect: flags.indirect,
    freePageHint: flags.hints ?? false,
  }
  return { name: nameOf(options), options }
}

/** Split and packed, with and without each of the two extensions, on both machines. */
function allForms(flags: DriveFlags): Form[] {
  const [memory, pages, freePageHint] = [memoryOf(flags.memory), pagesOf(flags), flags.hints ?? false]
  const both = [false, true]
  return QEMU_MACHINES.flatMap((machine) => both.flatMap((packed) => both.flatMap((eventIdx) => both.map((indirect) => {
    const options = { machine, memory, pages, packed, eventIdx, indirect, freePageHint }
    return { name: nameOf(options), options }
  }))))
}

function nameOf({ machine, packed, eventIdx, indirect }: { machine: string; packed: boolean; eventIdx: boolean; indirect: boolean }): string {
  return [machine, packed ? 'packed' : 'split', eventIdx ? 'EVENT_IDX' : 'flags', ...(indirect ? ['INDIRECT'] : [])].join(' ')
}

function memoryOf(text: string): number {
  const bytes = parseSize(text)
  if (bytes !== null && bytes % MIB === 0 && bytes >= MEMORY_MIN && bytes <= QEMU_MEMORY_MAX) return bytes
  throw new InputError(`--memory: found ${JSON.stringify(text)}; accepted is a size in whole MiB from ${MEMORY_MIN / MIB}M to ${QEMU_MEMORY_MAX / MIB}M`)
}

function pagesOf({ pages, memory }: DriveFlags): number {
  const most = Math.min(DRIVE_PAGES, Math.floor(memoryOf(memory) / PAGE_SIZE / 4))
  const count = pages === '' ? most : wholeNumber('--pages', pages, { max: QEMU_MEMORY_MAX / PAGE_SIZE })
  if (count <= memoryOf(memory) / PAGE_SIZE / 2) return count
  throw new InputError(`--pages: found ${pages}; accepted is at most half of the guest's ${grouped(memoryOf(memory) / PAGE_SIZE)} pages`)
}

function describe(name: string, { qemu, steps, ok }: DriveResult): string {
  return [`QEMU ${qemu}, ${name}: ${ok ? 'as it must be' : 'NOT AS IT MUST BE'}`, ...steps.flatMap(stepLines), ''].join('\n')
}

function stepLines({ name, seen, wrong }: DriveStep): string[] {
  const values = Object.entries(seen).map(([key, value]) => `${key} ${typeof value === 'number' ? grouped(value) : value}`)
  return [`  ${name.padEnd(10)} ${values.join(', ')}`, ...wrong.map((sentence) => `    wrong: ${sentence}`)]
}
