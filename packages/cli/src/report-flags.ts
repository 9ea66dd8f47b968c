/** The flags that leave files to look at: --report, --csv, --perfetto. One place, because compare, run and sweep have them. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { InputError, makeReport, reportCsv, writePerfetto, writeReport } from '@hintlab/lab'
import type { CaptureOptions, PerfettoRun, ReportInput } from '@hintlab/lab'
import type { Command } from 'commander'

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

/** Writes what the flags ask for. */
export function writeReportFiles(flags: ReportFlags, input: ReportInput): void {
  if (flags.report !== undefined) writeReport(flags.report, input)
  if (flags.csv !== undefined) writeAt('--csv', flags.csv, (path) => writeFileSync(path, reportCsv(makeReport(input))))
  if (flags.perfetto !== undefined) writeAt('--perfetto', flags.perfetto, (path) => writeTimeline(path, input))
}

/** Pieces of about this many characters go to the file at once. */
const PIECE = 2 ** 20

function writeTimeline(path: string, { version, seeds, scenarioHash, costsHash, rows }: ReportInput): void {
  const runs: PerfettoRun[] = rows.flatMap(({ name, timeline }) => (timeline === null ? [] : [{ name, timeline }]))
  const file = openSync(path, 'w')
  try {
    let piece = ''
    writePerfetto(runs, { version, seed: seeds[0], scenarioHash: scenarioHash ?? 'varied', costsHash }, (text) => {
      piece += text
      if (piece.length < PIECE) return
      writeSync(file, piece)
      piece = ''
    })
    writeSync(file, piece)
  } finally {
    closeSync(file)
  }
}

function writeAt(flag: string, path: string, write: (path: string) => void): void {
  try {
    write(path)
  } catch (error) {
    throw new InputError(`${flag} ${path}: found ${(error as Error).message}; accepted is a file that can be written`)
  }
}
