/**
 * The comparison for a terminal of about 120 columns. Each row of the table is two lines: name and axes on the left, two numbers that belong together in each
 * cell. With several seeds the medians stand on top, and minimum and maximum below them in the same places.
 *
 *     interface                          MiB end   GiB x s  ...
 *     carrier service notification ...  returned     saved
 */
import { significant } from '@hintlab/lab'
import type { ComparedRow, Comparison, HeadlineName, Spread } from '@hintlab/lab'
import Table from 'cli-table3'
import { conclusionLines, guestLine, runLine, traceLine, violationLines } from './facts.ts'
import { wrap } from './text.ts'
import type { Style } from './text.ts'

export const TABLE_WIDTH = 118

type Part = keyof Spread
const PARTS: readonly Part[] = ['median', 'min', 'max']

interface Column {
  /** Two lines. */
  readonly head: readonly [string, string]
  /** What stands in the two lines: numbers beside each other are separated by a space. */
  readonly lines: readonly [readonly HeadlineName[], readonly HeadlineName[]]
}

const COLUMNS: readonly Column[] = [
  { head: ['MiB end', 'returned'], lines: [['residentEndMiB'], ['returnedMiB']] },
  { head: ['GiB x s', '% saved'], lines: [['footprintGiBs'], ['savedPercent']] },
  { head: ['back ms', 'p50 p99'], lines: [['returnP50Ms'], ['returnP99Ms']] },
  { head: ['vCPU ms', 'host ms'], lines: [['vcpuOverheadMs'], ['hostThreadMs']] },
  { head: ['hinting', 'faults ms'], lines: [['hintingMs'], ['faultMs']] },
  { head: ['kick irq', 'msg faults'], lines: [['kicks', 'interrupts'], ['messages', 'faults']] },
  { head: ['alloc us', 'free us'], lines: [['allocP999Us', 'allocMaxUs'], ['freeP999Us', 'freeMaxUs']] },
  { head: ['late ms', 'broken'], lines: [['latenessEndMs'], ['violations']] },
]

const LEGEND = 'MiB end, GiB x s: host memory of the guest at the end and over time. back: from free to returned, p50 above p99. '
  + 'vCPU ms: all vCPU time but work and allocator, of it hinting and faults (first touches, with their exits). host ms: host '
  + 'threads. kick, irq, msg, faults: how many. alloc, free: stalls, p99.9 and maximum. late: the workload at its last event. broken: rules of the ghost.'

/** Everything but the sensitivity, which takes longer: see `renderSensitivity`. */
export function renderTable(comparison: Comparison, style: Style): string {
  const above = [runLine(comparison), traceLine(comparison), guestLine(comparison)]
  const seeds = comparison.seeds.length
  const legend = seeds === 1 ? LEGEND : `${LEGEND} Medians of ${seeds} seeds, minimum and maximum below them.`
  return [
    ...above.flatMap((line) => wrap(line, TABLE_WIDTH, '  ')),
    '',
    tableText(comparison, style),
    '',
    ...wrap(legend, TABLE_WIDTH).map((line) => style.dim(line)),
    '',
    ...conclusionLines(comparison).flatMap((line) => wrap(line, TABLE_WIDTH, '   ')),
    ...comparison.notes.flatMap((line) => wrap(`note: ${line}`, TABLE_WIDTH, '   ')),
    ...violationLines(comparison).flatMap((line) => wrap(line, TABLE_WIDTH, '   ')).map((line) => style.alert(line)),
    '',
  ].join('\n')
}

/** The lines that follow the table: what depends on costs that are not known well. */
export function renderSensitivity({ sensitivity }: Comparison): string {
  const texts = sensitivity === null ? ['Sensitivity: not evaluated (--no-sensitivity).'] : sensitivity.texts
  return [...texts.flatMap((line) => wrap(line, TABLE_WIDTH, '   ')), ''].join('\n')
}

function tableText({ rows, seeds }: Comparison, style: Style): string {
  const table = new Table({
    head: [`interface\n${style.dim('carrier service notification submitter')}`, ...COLUMNS.map(({ head }) => head.join('\n'))],
    colAligns: ['left', ...COLUMNS.map(() => 'right' as const)],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: false },
    chars: {
      top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
      left: '', 'left-mid': '', right: '', 'right-mid': '', mid: '-', 'mid-mid': '-', middle: ' ',
    },
  })
  const parts = seeds.length === 1 ? PARTS.slice(0, 1) : PARTS
  for (const row of rows) table.push([nameCell(row, parts, style), ...COLUMNS.map((column) => cell(row, column, parts, style))])
  // The table pads its last column too; blanks at the end of a line are noise in a pipe.
  return table.toString().split('\n').map((line) => line.trimEnd()).join('\n')
}

function nameCell({ name, axes }: ComparedRow, parts: readonly Part[], style: Style): string {
  const { carrier, service, notification, submitter } = axes ?? {}
  const second = axes === null ? 'reference' : `${carrier} ${service} ${notification} ${submitter}`
  return parts.flatMap((part) => (part === 'median' ? [style.bold(name), style.dim(second)] : [`  ${part}`, ''])).join('\n')
}

function cell(row: ComparedRow, { lines }: Column, parts: readonly Part[], style: Style): string {
  return parts.flatMap((part) => lines.map((names) => names.map((name) => numberText(row, name, part, style)).join(' '))).join('\n')
}

function numberText({ headline }: ComparedRow, name: HeadlineName, part: Part, style: Style): string {
  const spread = headline[name]
  if (spread === null) return '-'
  const text = significant(spread[part])
  return name === 'violations' && spread[part] > 0 ? style.alert(text) : text
}
