/**
 * The page: one file with everything in it. What does not move is written here; the charts over time and the page map are drawn by the scripts in page/, from
 * the data that the page carries. uPlot draws the lines.
 *
 *     html.ts + tables, bars, histograms, pareto        static HTML, works without scripts
 *     page/page.css  page/*.js  uPlot                   inlined
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { STALL_KINDS } from '../timeline/timeline.ts'
import { cpuBars } from './cpu-bars.ts'
import { escapeHtml, scriptJson } from './escape.ts'
import { looksOf, swatch } from './palette.ts'
import { LABELLED_MAX, labelledRows, paretoPlot } from './pareto.ts'
import type { CpuMetric } from './pareto.ts'
import type { Report } from './report.ts'
import { showText } from './show.ts'
import { STALL_TITLES, stallHistograms } from './stall-histograms.ts'
import { allTable, keyTable } from './tables.ts'
import { wasteTable } from './waste.ts'

/** More rows than this stand in boxes that scroll. */
const MANY = LABELLED_MAX

/** Rows whose course over time is drawn: more lines than this nobody tells apart. */
export const TIMELINES_MAX = 12

const asset = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8')
const uplot = (name: string): string => readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8')
const SCRIPTS = ['memory-charts.js', 'unpack.js', 'page-map.js', 'main.js'] as const

/** The modules of the page as one script: each after those that it imports, without the words that modules need. */
function pageScript(): string {
  return `{\n${SCRIPTS.map((name) => asset(name).replaceAll(/^import .*\n/gm, '').replaceAll(/^export /gm, '')).join('\n')}}`
}

/** Nothing may be loaded from anywhere. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

interface Section {
  readonly id: string
  readonly title: string
  /** What it shows and how to read it; HTML. */
  readonly lead: string
  readonly body: string
}

export function renderHtml(report: Report): string {
  const sections = sectionsOf(report)
  const links = sections.map(({ id, title }) => `<a href="#${id}">${title}</a>`).join('')
  const scripts = [uplot('uPlot.iife.min.js'), pageScript()].map((text) => `<script>${text.replaceAll('</script', String.raw`<\/script`)}</script>`)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(report.title)} · hintlab</title>
<link rel="icon" href="data:,">
<style>${uplot('uPlot.min.css')}${asset('page.css')}</style>
</head>
<body>
<header>
<h1>${escapeHtml(report.title)}</h1>
${report.facts.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n')}
<p class="identity">${identity(report)}</p>
</header>
<nav>${links}</nav>
<main${report.rows.length > MANY ? ' class="many"' : ''}>
${sections.map(sectionHtml).join('\n')}
</main>
<footer>Virtual time and modelled costs; the same input gives the same report, byte for byte.
The same numbers are in report.json and report.csv beside this file.</footer>
<script type="application/json" id="data">${scriptJson(pageData(report))}</script>
${scripts.join('\n')}
</body>
</html>
`
}

function identity({ version, seeds, scenarioHash, costsHash }: Report): string {
  const which = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`
  const hash = scenarioHash === null ? [] : [`scenario <code>${escapeHtml(scenarioHash)}</code>`]
  return [`hintlab ${escapeHtml(version)}`, which, ...hash, `costs <code>${escapeHtml(costsHash)}</code>`].join(' · ')
}

const sectionHtml = ({ id, title, lead, body }: Section): string => `<section id="${id}"><h2>${title}</h2><p class="lead">${lead}</p>${body}</section>`

function sectionsOf(report: Report): Section[] {
  const several = report.seeds.length > 1
  const first = several ? ` Of the runs with seed ${report.seeds[0]}.` : ''
  const medians = several ? `Medians of ${report.seeds.length} seeds, minimum to maximum below where they differ.` : ''
  const captured = report.rows.some(({ timeline }) => timeline !== null)
  return [
    { id: 'findings', title: 'Findings', lead: 'Computed from the numbers of this report.', body: findings(report) },
    { id: 'numbers', title: 'Numbers', lead: `One line per configuration; under its name the axes of its transport. ${medians}`, body: numbers(report) },
    ...(captured ? [memorySection(report, first)] : []),
    {
      id: 'cost', title: 'CPU time by cause',
      lead: `What hinting and its consequences cost, on the vCPUs and on the host's threads; the workload's own work and allocator are left out.${first}`,
      body: cpuBars(report),
    },
    ...(report.rows.length > 1 ? [{ id: 'choice', title: 'Footprint against CPU time', lead: CHOICE, body: choice(report) }] : []),
    ...(captured ? [stallSection(report, first)] : []),
    { id: 'waste', title: 'Waste', lead: WASTE + first, body: wasteTable(report) },
    ...(captured ? [mapSection(first)] : []),
  ]
}

const CHOICE = 'Low is little host memory over time, left is little CPU time. No configuration is better in both than those on the line: '
  + 'the choice is among them. The numbers name the configurations; point at one for its name.'
const WASTE = 'Memory returned to the host, and memory that the host had to give because the guest touched it, anew or for the first time: '
  + 'in a guest that had touched all of it before, the closer the two, the more was in vain. '
  + 'Then huge pages of the host that were split or lost, and hints that were rejected, ignored, stale, without room in a buffer, or dropped.'

function findings({ conclusions, notes }: Report): string {
  const list = conclusions.map((text) => `<li>${escapeHtml(showText(text))}</li>`).join('')
  return `<ol class="findings">${list}</ol>${notes.map((note) => `<p class="note">Note: ${escapeHtml(note)}</p>`).join('')}`
}

function numbers(report: Report): string {
  return `${keyTable(report)}<details><summary>All ${report.metrics.length} metrics</summary>${allTable(report)}</details>`
}

function memorySection(report: Report, first: string): Section {
  const drawn = report.rows.filter(({ timeline }) => timeline !== null).length
  const some = drawn < report.rows.length ? ` The first ${drawn} of ${report.rows.length} configurations.` : ''
  return {
    id: 'memory', title: 'Memory over time',
    lead: 'Point at a chart for its numbers, drag to zoom, double-click for all; click a name to hide its line. '
      + `Dashes let lines that lie on each other show.${some}${first}`,
    body: `<div class="buttons" id="zoom" hidden><button data-zoom="settled" aria-pressed="true">Until it settles</button>
<button data-zoom="workload">Workload only</button><button data-zoom="all">Whole run</button></div>
<ul class="legend toggles" id="lines"></ul>
<div id="memory-charts"><noscript>These charts need JavaScript.</noscript></div>`,
  }
}

const GUEST_PAYS: readonly CpuMetric[] = ['vcpu_overhead']
const MACHINE_PAYS: readonly CpuMetric[] = ['vcpu_overhead', 'host_overhead']

function choice(report: Report): string {
  const looks = looksOf(report.rows)
  const named = labelledRows(report, [GUEST_PAYS, MACHINE_PAYS])
  const names = named.map((i) => `<li>${swatch(looks[i])}<span>${i + 1}</span> ${escapeHtml(report.rows[i].name)}</li>`).join('')
  const guest = paretoPlot(report, 'vCPU overhead: what the guest pays', GUEST_PAYS)
  const machine = paretoPlot(report, 'vCPU overhead and host threads: what the machine pays', MACHINE_PAYS)
  return `<div class="pair">${guest}${machine}</div><ul class="legend numbered">${names}</ul>`
}

function stallSection(report: Report, first: string): Section {
  const kinds = STALL_KINDS.map((kind) => ({ kind, html: stallHistograms(report, kind) })).filter(({ html }) => html !== '')
  const buttons = kinds.map(({ kind }, i) => `<button data-tab="${kind}" aria-pressed="${i === 0}">${STALL_TITLES[kind].title}</button>`).join('')
  const tabs = kinds.map(({ kind, html }) => `<div class="tab" data-tab="${kind}"><h3>${STALL_TITLES[kind].title}</h3>${html}</div>`).join('\n')
  return {
    id: 'stalls', title: 'Stalls',
    lead: 'How long single operations took. Time grows to the right, logarithmically; the height of a bar is how often it happened, logarithmically too, '
      + `so that one slow operation among a million still shows.${first}`,
    body: `<div class="buttons" hidden>${buttons}</div>${tabs}`,
  }
}

function mapSection(first: string): Section {
  return {
    id: 'map', title: 'Page map',
    lead: 'All memory of the guest, a cell for each stretch of physical pages, in physical order from the top left. A cell mixes the colours of what is in it. '
      + `Move the slider to go through time; point at a cell for its shares.${first}`,
    body: '<div id="page-map"><noscript>The page map needs JavaScript.</noscript></div>',
  }
}

/** What the scripts need: rows that were captured, with their looks. */
function pageData(report: Report): unknown {
  const looks = looksOf(report.rows)
  return report.rows.flatMap(({ name, timeline }, i) => {
    if (timeline === null || timeline.series === null || timeline.pictures === null) return []
    const { series, pictures, workloadNs, endNs } = timeline
    return [{ name, ...looks[i], series, pictures, workloadNs, endNs }]
  })
}
