/** A table without frames, as the studies print them: a line under the head, two spaces between columns. */
import Table from 'cli-table3'

export function plainTable(head: string[], rows: readonly string[][]): string {
  const made = new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
      left: '', 'left-mid': '', right: '', 'right-mid': '', mid: '-', 'mid-mid': '--', middle: '  ',
    },
  })
  made.push(...rows)
  return made.toString().split('\n').map((line) => line.trimEnd()).join('\n')
}
