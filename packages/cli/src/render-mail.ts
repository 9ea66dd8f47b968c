/** The comparison for a mail: plain ASCII, at most 72 columns, so that no list server and no quoting breaks it. */
import { compact } from '@hintlab/lab'
import type { ComparedRow, Comparison, HeadlineName, Spread } from '@hintlab/lab'
import { conclusionLines, guestLine, runLine, traceLine, violationLines } from './facts.ts'
import { ascii, wrap } from './text.ts'

export const MAIL_WIDTH = 72

/** 28 for the longest name, and six columns of six with a blank before each; the rest is for the last one. */
const NAME_WIDTH = 28
const NUMBER_WIDTH = 6

const COLUMNS: readonly { head: readonly [string, string]; name: HeadlineName }[] = [
  { head: ['end', 'MiB'], name: 'residentEndMiB' },
  { head: ['saved', '%'], name: 'savedPercent' },
  { head: ['back', 'ms'], name: 'returnP50Ms' },
  { head: ['vCPU', 'ms'], name: 'vcpuOverheadMs' },
  { head: ['host', 'ms'], name: 'hostThreadMs' },
  { head: ['msgs', ''], name: 'messages' },
]

const LEGEND = 'end: host memory of the guest at the end; saved: of its integral over time; back: median from free to returned; '
  + 'vCPU: overhead on the vCPUs; host: host threads.'

/** The whole message. */
export function renderMail(comparison: Comparison): string {
  const several = comparison.seeds.length > 1
  const parts: readonly (keyof Spread)[] = several ? ['median', 'min', 'max'] : ['median']
  const sensitivity = comparison.sensitivity?.texts ?? ['Sensitivity: not evaluated.']
  return [
    ...paragraphs([runLine(comparison), traceLine(comparison), guestLine(comparison)], '  '),
    '',
    line('', COLUMNS.map(({ head }) => head[0])),
    line('interface', COLUMNS.map(({ head }) => head[1])),
    '-'.repeat(line('', COLUMNS.map(() => '0')).length),
    ...comparison.rows.flatMap((row) => parts.map((part) => rowLine(row, part))),
    '',
    ...paragraphs([several ? `${LEGEND} Medians, minimum and maximum of ${comparison.seeds.length} seeds.` : LEGEND], ''),
    '',
    ...paragraphs(conclusionLines(comparison), '   '),
    ...paragraphs(comparison.notes.map((note) => `note: ${note}`), '   '),
    ...paragraphs(violationLines(comparison), '   '),
    ...paragraphs(sensitivity, '   '),
    '',
  ].join('\n')
}

const paragraphs = (lines: readonly string[], indent: string): string[] => lines.flatMap((text) => wrap(ascii(text), MAIL_WIDTH, indent))

function rowLine({ name, headline }: ComparedRow, part: keyof Spread): string {
  const numbers = COLUMNS.map((column) => {
    const spread = headline[column.name]
    return spread === null ? '-' : compact(spread[part])
  })
  return line(part === 'median' ? ascii(name) : `  ${part}`, numbers)
}

const line = (name: string, numbers: readonly string[]): string => {
  const cells = numbers.map((text) => ` ${text.padStart(NUMBER_WIDTH)}`).join('')
  return (name.slice(0, NAME_WIDTH).padEnd(NAME_WIDTH) + cells).trimEnd()
}
