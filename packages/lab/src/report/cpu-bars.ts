/** CPU time by cause: for each configuration a bar of the vCPUs and one of the host's threads, all to one scale. */
import { escapeHtml } from './escape.ts'
import { looksOf, swatch } from './palette.ts'
import type { Report, ReportRow } from './report.ts'
import { linearTicks, percent } from './scale.ts'
import { showTime } from './show.ts'

/** Causes that belong together share a colour: `--g0` and so on in the stylesheet. The last group takes what no other names. */
const GROUPS: readonly { readonly name: string; readonly causes: readonly string[] }[] = [
  { name: 'hint policy and protocol', causes: ['hint policy', 'protocol'] },
  { name: 'kicks and exits', causes: ['kick', 'exit'] },
  { name: 'waiting: blocked, polling, locks', causes: ['blocked', 'poll', 'lock spin'] },
  { name: 'interrupts and wake-ups', causes: ['interrupt', 'wake-up'] },
  { name: 'faults', causes: ['fault'] },
  { name: 'zeroing', causes: ['zeroing'] },
  { name: 'discarding and TLB flushes', causes: ['discard', 'tlb flush'] },
  { name: 'device and others', causes: ['device'] },
]

/** What the guest would do without hinting. */
const OWN = ['work', 'alloc', 'free']

export function cpuBars(report: Report): string {
  const looks = looksOf(report.rows)
  const bars = report.rows.map((row) => ({ row, sums: [groupSums(row, 'vcpuNs'), groupSums(row, 'hostNs')] as const }))
  const max = Math.max(...bars.flatMap(({ sums }) => sums.map(total)))
  const ticks = linearTicks(max / 1e6).map((ms) => ms * 1e6)
  const end = ticks[ticks.length - 1]
  const rows = bars.map(({ row, sums: [vcpu, host] }, i) => {
    return `<div class="bar-row"><div class="bar-name">${swatch(looks[i])}${escapeHtml(row.name)}</div>`
      + `${bar('vCPUs', vcpu, end)}${bar('host', host, end)}</div>`
  })
  const marks = ticks.map((ns, i) => `<span style="left:${percent(ns / end)}">${i === 0 ? '0' : showTime(ns)}</span>`).join('')
  const legend = GROUPS.map(({ name }, g) => `<li><i style="background:var(--g${g})"></i>${name}</li>`).join('')
  return `<ul class="legend">${legend}</ul><div class="bars">${rows.join('\n')}<div class="axis bar-axis">${marks}</div></div>`
}

function bar(label: string, sums: readonly number[], end: number): string {
  const parts = sums.map((ns, g) => {
    return ns === 0 ? '' : `<i style="width:${percent(ns / end)};background:var(--g${g})" title="${GROUPS[g].name}: ${showTime(ns)}"></i>`
  })
  const sum = total(sums)
  return `<div class="bar"><span>${label}</span><div>${parts.join('')}<b>${sum === 0 ? '0' : showTime(sum)}</b></div></div>`
}

/** Of the first seed, nanoseconds per group. */
function groupSums({ runs }: ReportRow, side: 'vcpuNs' | 'hostNs'): number[] {
  const sums = GROUPS.map(() => 0)
  for (const [cause, ns] of Object.entries(runs[0]?.[side] ?? {})) {
    if (OWN.includes(cause)) continue
    const group = GROUPS.findIndex(({ causes }) => causes.includes(cause))
    sums[group < 0 ? GROUPS.length - 1 : group] += ns
  }
  return sums
}

const total = (sums: readonly number[]): number => sums.reduce((sum, ns) => sum + ns, 0)
