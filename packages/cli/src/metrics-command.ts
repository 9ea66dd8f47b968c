/** `hintlab metrics`: what `--assert` can ask for, what a sweep's table shows and `diff` compares. */
import { METRICS, unitsOf } from '@hintlab/lab'

/** What `hintlab metrics --json` prints. */
export interface MetricsOutput {
  readonly metrics: readonly { readonly name: string; readonly units: readonly string[]; readonly text: string }[]
}

export function metricsCommand({ json }: { readonly json?: boolean }): number {
  const metrics = METRICS.map(({ name, kind, text }) => ({ name, units: unitsOf(kind), text }))
  const output: MetricsOutput = { metrics }
  process.stdout.write(json === true ? `${JSON.stringify(output, null, 2)}\n` : metricsText())
  return 0
}

function metricsText(): string {
  const name = Math.max(...METRICS.map((metric) => metric.name.length))
  const units = Math.max(...METRICS.map(({ kind }) => unitsOf(kind).join(' ').length))
  const lines = METRICS.map((metric) => `${metric.name.padEnd(name)}  ${unitsOf(metric.kind).join(' ').padEnd(units)}  ${metric.text}`)
  return [...lines, '', 'A number without meaning, such as a time where nothing happened, meets no assertion.', ''].join('\n')
}
