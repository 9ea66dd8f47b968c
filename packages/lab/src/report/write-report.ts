/** Writes a report folder: index.html to look at, report.json and report.csv to work with. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { InputError } from '../options.ts'
import { reportCsv } from './csv.ts'
import { renderHtml } from './html.ts'
import { makeReport } from './report.ts'
import type { ReportInput } from './report.ts'
import { writeWhole } from './whole-file.ts'

export const REPORT_FILES = ['index.html', 'report.json', 'report.csv'] as const

/** Makes the folder if need be; files of an older report are replaced. */
export function writeReport(folder: string, input: ReportInput): void {
  const report = makeReport(input)
  const texts = { 'index.html': renderHtml(report), 'report.json': `${JSON.stringify(report)}\n`, 'report.csv': reportCsv(report) }
  try {
    mkdirSync(folder, { recursive: true })
    for (const name of REPORT_FILES) writeWhole(join(folder, name), (write) => write(texts[name]))
  } catch (error) {
    throw new InputError(`--report ${folder}: found ${(error as Error).message}; accepted is a folder that can be written`)
  }
}
