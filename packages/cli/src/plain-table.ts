/** A table without frames, as the studies print them: a line under the head, two spaces between columns. */
import Table from 'cli-table3'

/** Columns are flush left unless `colAligns` says otherwise. Lines have no blanks at their ends. */
export function plainTable(head: string[], rows: readonly string[][], colAligns: ('left' | 'right')[] = []): string {
  const made = new Table({
    head,
    colAligns,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
      left: '', 'left-mid': '', right: '', 'right-mid': '', mid: '-', 'mid-mid': '--', middle: '  ',
    },
  })
  made.push(...rows)
  return made.toString().split('\n').map((line) => line.trimEnd()).join('\n')
}
