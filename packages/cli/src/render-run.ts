/**
 * The report of one run for a terminal: which run, then every metric with a name of its own in groups, then where CPU time went.
 *
 *     Memory
 *       footprint            98.3 GiB*s   host memory of the guest, integrated over time
 */
import { CAUSE_NAMES } from '@hintlab/sim'
import { grouped, METRICS, metricText, timeText, policyName } from '@hintlab/lab'
import type { MetricKind, Phase, RunResult, ScenarioResult, Verdict } from '@hintlab/lab'
import { guestLine, traceLine } from './facts.ts'
import { wrap } from './text.ts'
import type { Style } from './text.ts'

export const WIDTH = 118
export const NAME_WIDTH = 16
const VALUE_WIDTH = 14
const TASK_WIDTH = 46
/** Tasks that are shown; the rest is summed up. */
const TASKS_SHOWN = 8
const VIOLATIONS_SHOWN = 5

/** First metric of each group. */
export const GROUPS = [
  ['Memory', 'footprint'], ['Cost', 'vcpu_overhead'], ['Latency', 'p50_alloc'], ['Waste', 'hinted_pages'], ['Workload', 'touched_pages'], ['Safety', 'oom'],
] as const

export function renderRun(result: ScenarioResult, description: string, style: Style): string {
  const { run } = result
  return [
    ...headLines(result).flatMap((line) => wrap(line, WIDTH, '  ')),
    ...(description === '' ? [] : ['', ...wrap(description.trim().replaceAll(/\s+/g, ' '), WIDTH)]),
    ...METRICS.flatMap(({ name, kind, text }) => [
      ...GROUPS.filter(([, first]) => first === name).flatMap(([title]) => ['', style.bold(title)]),
      ...metricLine(name, kind, result.metrics[name] ?? null, text, style),
    ]),
    ...violationLines(run).map((line) => style.alert(line)),
    ...timeLines('vCPU time by cause', run.cost.vcpuNs, style),
    ...timeLines('Host CPU time by cause', run.cost.hostNs, style),
    ...taskLines(run, style),
    ...phaseLines(run, style),
    '',
  ].join('\n')
}

/** One line per assertion; nothing when there is none. */
export function renderVerdicts(verdicts: readonly Verdict[], style: Style): string {
  if (verdicts.length === 0) return ''
  return ['', ...verdicts.map(({ line, holds }) => (holds ? line : style.alert(line))), ''].join('\n')
}

/** Which run this is, or which runs: `seeds` then names them. */
export function headLines(result: ScenarioResult, seeds = `seed ${result.seed}`): string[] {
  const { version, name, scenarioHash, costsHash, interfaceName, interface: face, traces, phases, options } = result
  const { carrier, service, notification, submitter } = face?.axes ?? {}
  const axes = face === null ? '' : `: ${policyName(face)} over ${carrier}, ${service}, ${notification}, ${submitter}`
  return [
    `hintlab ${version}, ${name}, ${seeds}, scenario ${scenarioHash}, costs ${costsHash}`,
    `interface ${interfaceName}${axes}`,
    ...traces.map((trace) => traceLine({ trace })),
    ...(phases === null ? [] : [`phases ${phases.map(phaseText).join(', ')}`]),
    guestLine({ options }, phases === null ? 'trace' : 'phases'),
  ]
}

const phaseText = ({ name, seconds, run }: Phase, n: number): string => `${name || n} (${seconds} s: ${run.map((spec) => spec.do).join(' and ') || 'idle'})`

/** A metric without a value is left out, but for those of safety. */
function metricLine(name: string, kind: MetricKind, value: number | null, text: string, style: Style): string[] {
  if (value === null) return []
  const shown = `  ${name.padEnd(NAME_WIDTH)}${metricText(kind, value).padStart(VALUE_WIDTH)}   `
  return [name === 'violations' && value > 0 ? style.alert(shown + text) : shown + style.dim(text)]
}

function violationLines({ violations, violationTexts }: RunResult): string[] {
  const lines = violationTexts.slice(0, VIOLATIONS_SHOWN).map(({ rule, at, text }) => `  ${rule} at ${at}: ${text}`)
  const more = violations - lines.length
  return more > 0 ? [...lines, `  and ${grouped(more)} more`] : lines
}

/** `work 11.2 s, alloc 22.1 ms, ...`, the largest first. */
function timeLines(title: string, causes: Readonly<Record<string, number>>, style: Style): string[] {
  const sorted = CAUSE_NAMES.map((name) => [name, causes[name] ?? 0] as const).filter(([, ns]) => ns > 0).sort(([, a], [, b]) => b - a)
  if (sorted.length === 0) return []
  return ['', style.bold(title), ...wrap(`  ${sorted.map(([name, ns]) => `${name} ${timeText(ns)}`).join(', ')}`, WIDTH, '  ')]
}

function taskLines({ cost }: RunResult, style: Style): string[] {
  const sorted = [...cost.byTask].sort((a, b) => b.ns - a.ns)
  const rest = sorted.slice(TASKS_SHOWN)
  const lines = sorted.slice(0, TASKS_SHOWN).map(({ task, cpu, ns }) => taskLine(`${task} on ${cpu}`, ns))
  const restNs = rest.reduce((sum, { ns }) => sum + ns, 0)
  return ['', style.bold('CPU time by task'), ...lines, ...(rest.length === 0 ? [] : [taskLine(`${rest.length} others`, restNs)])]
}

const taskLine = (name: string, ns: number): string => `  ${name.padEnd(TASK_WIDTH)}${timeText(ns).padStart(VALUE_WIDTH)}`

function phaseLines({ phases }: RunResult, style: Style): string[] {
  if (phases.length === 0) return []
  const head = ['phase', 'begins', 'late', 'allocations', 'frees', 'pages touched', 'loops', 'pages kept']
  const rows = phases.map(({ name, beginNs, endNs, doneNs, allocs, frees, touchedPages, loops, keptPages }) => [
    name, timeText(beginNs), timeText(doneNs - endNs), ...[allocs, frees, touchedPages, loops, keptPages].map(grouped),
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)))
  const padded = (cell: string, i: number): string => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))
  const line = (cells: readonly string[]): string => `  ${cells.map(padded).join('  ')}`.trimEnd()
  return ['', style.bold('Phases'), style.dim(line(head)), ...rows.map(line)]
}
