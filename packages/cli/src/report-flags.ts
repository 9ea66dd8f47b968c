/** The flags that leave files to look at: --report, --csv, --perfetto. One place, because compare, run and sweep have them. */
import { resolve } from 'node:path'
import { checkFile, checkFolder, InputError, makeReport, reportCsv, writePerfetto, writeReport, writeWhole } from '@hintlab/lab'
import type { CaptureOptions, PerfettoRun, ReportInput } from '@hintlab/lab'
import type { Command } from 'commander'
import { collect } from './run-flags.ts'

export interface ReportFlags {
  readonly report?: string
  readonly csv?: string
  readonly perfetto?: string
}

export function withReportFlags(command: Command): Command {
  return command
    .option('--report <dir>', 'write a page with charts there (index.html, in one file), and its numbers (report.json, report.csv)')
    .option('--csv <file>', 'write one line per run and one column per metric')
    .option('--perfetto <file>', 'write a timeline of CPUs, locks and messages for the Perfetto UI, of the first seed')
}

/** What the runs must capture for these flags; null for nothing. */
export function captureFor({ report, perfetto }: ReportFlags): CaptureOptions | null {
  return report === undefined && perfetto === undefined ? null : { series: true, cpus: perfetto !== undefined }
}

interface Places extends ReportFlags {
  readonly record?: string
  /** Only compared with the others: the store of a sweep tries it. */
  readonly out?: string
}

/** Before the work: adds a line for each place that cannot be written, or that two flags name. */
export function checkPlaces({ report, csv, perfetto, record, out }: Places, mistakes: string[]): void {
  if (report !== undefined) collect(mistakes, () => checkFolder('--report', report))
  const files = Object.entries({ '--csv': csv, '--perfetto': perfetto, '--record': record })
  const seen = new Map<string, string>(out === undefined ? [] : [[resolve(out), '--out']])
  for (const [flag, path] of files) {
    if (path === undefined) continue
    collect(mistakes, () => checkFile(flag, path))
    const other = seen.get(resolve(path))
    if (other !== undefined) mistakes.push(`${flag} ${path}: found the file of ${other}; accepted is another one`)
    seen.set(resolve(path), flag)
  }
}

/** Writes what the flags ask for; each file is there whole or not at all. */
export function writeReportFiles(flags: ReportFlags, input: ReportInput): void {
  if (flags.report !== undefined) writeReport(flags.report, input)
  if (flags.csv !== undefined) writeAt('--csv', flags.csv, (write) => write(reportCsv(makeReport(input))))
  if (flags.perfetto !== undefined) writeAt('--perfetto', flags.perfetto, (write) => writeTimeline(write, input))
}

function writeTimeline(write: (text: string) => void, { version, seeds, scenarioHash, costsHash, rows }: ReportInput): void {
  const runs: PerfettoRun[] = rows.flatMap(({ name, timeline }) => (timeline === null ? [] : [{ name, timeline }]))
  writePerfetto(runs, { version, seed: seeds[0], scenarioHash: scenarioHash ?? 'varied', costsHash }, write)
}

/** What goes wrong only now, such as a full disk, is told like a mistake. */
export function writeAt(flag: string, path: string, fill: (write: (text: string) => void) => void): void {
  try {
    writeWhole(path, fill)
  } catch (error) {
    throw new InputError(`${flag} ${path}: found ${(error as Error).message}; accepted is a file that can be written`)
  }
}
