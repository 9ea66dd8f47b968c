/** The interoperability matrix as text: a row for each driver and what it declines, a column for each device. */
import { QueueRole } from '@hintlab/protocol'
import type { InteropCell, RoleVerdict } from './interop.ts'

const WHAT: Readonly<Record<QueueRole, string>> = {
  [QueueRole.INFLATE]: 'inflation',
  [QueueRole.DEFLATE]: 'deflation',
  [QueueRole.STATS]: 'statistics',
  [QueueRole.FREE_PAGE]: 'hints',
  [QueueRole.REPORTING]: 'reports',
}

/** What one cell says: `works`, or everything that does not. */
export function renderCell({ failed, corrupts, verdicts }: InteropCell): string {
  if (failed !== null) return `init fails: ${failed}`
  const parts: string[] = corrupts ? ['corrupts memory'] : []
  for (const bad of ['hangs', 'lost'] as const satisfies readonly RoleVerdict[]) {
    const roles = [...verdicts].filter(([, verdict]) => verdict === bad).map(([role]) => role)
    if (roles.length > 0) parts.push(`${bad}: ${roles.map((role) => WHAT[role]).join(', ')}`)
  }
  return parts.length === 0 ? 'works' : parts.join('; ')
}

export function renderInterop(cells: readonly InteropCell[]): string {
  const devices = [...new Set(cells.map(({ device }) => device))]
  const rows = new Map<string, string[]>()
  for (const cell of cells) {
    const key = `${cell.driver}, ${cell.variant}`
    const row = rows.get(key) ?? [key]
    rows.set(key, row)
    row[1 + devices.indexOf(cell.device)] = renderCell(cell)
  }
  return table([['driver', ...devices], ...rows.values()])
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  return rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i])).join(' | ').trimEnd()).join('\n')
}
