/** What report.json and report.csv hold: docs/report-schema.md is made of this, and schema.test.ts compares it with a report. */
import { METRICS } from '../scenario/metrics.ts'
import { PLANE_NAMES } from '../timeline/page-pictures.ts'
import { CSV_IDENTITY } from './csv.ts'
import { REPORT_FORMAT } from './report.ts'

export interface Field {
  /** From the top; `[]` is each element of a list, `*` any key. */
  readonly path: string
  readonly type: string
  readonly text: string
}

const field = (path: string, type: string, text: string): Field => ({ path, type, text })

const RUN = 'rows[].runs[]'
const TIMELINE = 'rows[].timeline'
const SAMPLES = `${TIMELINE}.series.samples`
const PICTURES = `${TIMELINE}.pictures`

export const REPORT_FIELDS: readonly Field[] = [
  field('format', 'number', `${REPORT_FORMAT}; another number when a field went or means something else`),
  field('title', 'text', 'heading of the page'),
  field('version', 'text', 'version of hintlab'),
  field('seeds[]', 'number', 'seeds, in the order of the runs of each row'),
  field('scenarioHash', 'text or null', 'names settings and load, the seed left out; null when each row has its own'),
  field('costsHash', 'text', 'names the cost table; `varied` when rows have different ones'),
  field('facts[]', 'text', 'what was run'),
  field('conclusions[]', 'text', 'findings'),
  field('notes[]', 'text', 'what else a reader must know'),
  field('metrics[].name', 'text', 'a key of `metrics` of the runs, and a column of report.csv'),
  field('metrics[].kind', 'text', 'what it is counted in: ns, bytes, bytes/s, GiB*s, s, count'),
  field('metrics[].text', 'text', 'what it is'),
  field('rows[].name', 'text', 'the configuration'),
  field('rows[].scenarioHash', 'text or null', 'of this row; null where the one of the report holds'),
  field('rows[].policy', 'text or null', 'hint policy; null is a guest that hints nothing'),
  field('rows[].axes', 'object or null', 'the four axes of the transport'),
  field('rows[].axes.carrier', 'text', 'what requests travel in'),
  field('rows[].axes.service', 'text', 'who does the work of the host'),
  field('rows[].axes.notification', 'text', 'how the guest learns that it is done'),
  field('rows[].axes.submitter', 'text', 'what the submitting task does until then'),
  field(`${RUN}.seed`, 'number', 'its seed'),
  field(`${RUN}.eventHash`, 'text', 'names the whole stream of events of the run'),
  field(`${RUN}.metrics.*`, 'number or null', 'by name of the metric; null where it has no meaning'),
  field(`${RUN}.vcpuNs.*`, 'number', 'time of the vCPUs by cause, nanoseconds; causes without time are left out'),
  field(`${RUN}.hostNs.*`, 'number', 'the same of the threads of the host'),
  field(`${RUN}.violations[]`, 'text', 'broken rules of the ghost, the first few of them'),
  field(TIMELINE, 'object or null', 'the course of the run with the first seed; null when it was not captured'),
  field(`${TIMELINE}.workloadNs`, 'number', 'when the workload was to end, nanoseconds of virtual time'),
  field(`${TIMELINE}.endNs`, 'number', 'when the run ended'),
  field(`${TIMELINE}.series.periodNs`, 'number', 'sample i was taken at i times this'),
  field(`${SAMPLES}.guestFree[]`, 'number', 'free memory inside the guest, pages of 4 KiB'),
  field(`${SAMPLES}.hostResident[]`, 'number', 'memory of the host that backs the guest, pages of 4 KiB'),
  field(`${SAMPLES}.hostHuge[]`, 'number', 'of it in huge pages, pages of 4 KiB'),
  field(`${SAMPLES}.swapped[]`, 'number', 'in the host\'s swap, pages of 4 KiB'),
  field(`${SAMPLES}.away[]`, 'number', 'isolated for a hint or in flight, pages of 4 KiB'),
  field(`${SAMPLES}.ballooned[]`, 'number', 'in the balloon, pages of 4 KiB'),
  field(`${PICTURES}.planes[]`, 'text', 'what the planes of a picture show, in their order'),
  field(`${PICTURES}.cellPages`, 'number', 'pages of 4 KiB in a cell of the page map'),
  field(`${PICTURES}.cells`, 'number', 'cells of a picture'),
  field(`${PICTURES}.stretches[].firstPfn`, 'number', 'first page of a stretch of RAM'),
  field(`${PICTURES}.stretches[].firstCell`, 'number', 'its first cell'),
  field(`${PICTURES}.timesNs[]`, 'number', 'when each picture was taken'),
  field(`${PICTURES}.packed`, 'text', `the pictures, base64 of packages/lab/src/timeline/delta-runs.ts: for each the planes ${PLANE_NAMES.join(', ')}; `
    + 'a byte per cell, 255 for all of it. The first nine divide a cell, huge is beside them'),
  field(`${TIMELINE}.stalls.*[].upTo`, 'number', 'bucket of the histogram of alloc, free, touch or return: values up to this, nanoseconds'),
  field(`${TIMELINE}.stalls.*[].count`, 'number', 'how many values it holds'),
]

const CSV_TEXTS: Readonly<Record<(typeof CSV_IDENTITY)[number], string>> = {
  version: 'version of hintlab',
  scenario: 'scenario hash of the row',
  costs: 'cost-table hash',
  configuration: 'name of the row',
  policy: 'hint policy, empty for a guest that hints nothing',
  carrier: 'axis of the transport',
  service: 'axis of the transport',
  notification: 'axis of the transport',
  submitter: 'axis of the transport',
  seed: 'seed of the run',
  event_hash: 'names the stream of events of the run',
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** docs/report-schema.md. */
export function schemaText(): string {
  return `# What a report folder holds

\`--report DIR\` of \`compare\`, \`run\` and \`sweep\` writes three files. The same input gives the same bytes. This page is made from
\`packages/lab/src/report/schema.ts\`; a test compares it with the code, and the code with a report.

| file | for |
| --- | --- |
| index.html | a browser: everything is in it, nothing is loaded |
| report.json | programs: everything that the page shows |
| report.csv | spreadsheets and data frames: one line per run |

## report.json

${table(['path', 'type', 'meaning'], REPORT_FIELDS.map(({ path, type, text }) => [`\`${path}\``, type, text]))}

## report.csv

RFC 4180, one head line. \`--csv FILE\` writes the same table. An empty cell is a number without meaning.

${table(['column', 'meaning'], CSV_IDENTITY.map((name) => [`\`${name}\``, CSV_TEXTS[name]]))}
| one per metric | see below |

## Metrics

The names that \`--assert\`, \`--columns\`, \`diff\` and the report share (\`hintlab metrics\`).

${table(['name', 'counted in', 'meaning'], METRICS.map(({ name, kind, text }) => [`\`${name}\``, kind, text]))}
`
}
