/** What a served guest does, as lines for a person. */
import { MIB, MS } from '@hintlab/kit'
import { bytesText, grouped } from '@hintlab/lab'
import type { ServeEvent } from '@hintlab/peer'

/** One line, a few for a status, or null for what a person need not see. */
export function renderServeEvent(event: ServeEvent): string | null {
  const text = describe(event)
  return text === null ? null : `${event.at.toFixed(3).padStart(9)} s  ${text}`
}

const VERBS = { REPORT: 'reported', INFLATE: 'inflated', DEFLATE: 'deflated', HINT: 'hinted', HINT_COMMAND: 'hint command' } as const

function describe(event: ServeEvent): string | null {
  switch (event.event) {
    case 'listening': return `listening on ${event.socket}; offers ${event.offers.join(', ')}`
    case 'connected': return 'a front-end has connected'
    case 'driver': return `the driver takes ${event.features.join(', ')}`
    case 'memory': return `memory of ${bytesText(event.bytes)} in ${event.regions} region${event.regions === 1 ? '' : 's'}`
    case 'queue': return null
    case 'requests': return requests(event)
    case 'target': return `target ${grouped(event.pages)} pages`
    case 'status': return status(event)
    case 'pages': return pages(event)
    case 'disconnected': return `the front-end has gone\n${status(event)}`
    case 'closed': return 'closed'
    default: return null
  }
}

function requests(event: Extract<ServeEvent, { event: 'requests' }>): string {
  const { kind, requests: count, blocks, pages, rejected, fromNs, toNs, fileBytes, modelBytes } = event
  if (kind === 'HINT_COMMAND') return `${VERBS[kind]}, ${count}`
  const size = pages === blocks ? `${grouped(pages)} pages` : `${grouped(blocks)} blocks of ${grouped(pages)} pages`
  const refused = rejected === 0 ? '' : `, ${grouped(rejected)} refused`
  const span = `${((toNs - fromNs) / MS).toFixed(1)} ms`
  return `${VERBS[kind]} ${size} (${mib(pages * 4096)}) in ${grouped(count)} requests, ${span}${refused}; file ${mib(fileBytes)}, model ${mib(modelBytes)}`
}

const hex = (page: number): string => `0x${page.toString(16)}`

/** Page numbers in hexadecimal, a line for each stretch. */
function pages({ pages: count, ranges }: Extract<ServeEvent, { event: 'pages' }>): string {
  const lines = ranges.map(([first, length]) => `             ${hex(first)}${length === 1 ? '' : `-${hex(first + length - 1)}`}`)
  return [`the balloon holds ${grouped(count)} pages${count === 0 ? '' : ':'}`, ...lines].join('\n')
}

function status(event: Extract<ServeEvent, { event: 'status' | 'disconnected' }>): string {
  const costs = Object.entries(event.costs).map(([task, byCause]) => {
    const parts = Object.entries(byCause).map(([cause, ns]) => `${cause} ${(ns / MS).toFixed(1)}`)
    return `             modeled cost, ${task}, ms: ${parts.length === 0 ? 'none' : parts.join(', ')}`
  })
  const stats = Object.entries(event.stats).map(([name, value]) => `${name} ${grouped(value)}`)
  return [
    `file ${mib(event.fileBytes)}, model ${mib(event.modelBytes)} with ${grouped(event.hugePages)} huge pages, ${grouped(event.splits)} split; `
    + `balloon ${grouped(event.actual)} of ${grouped(event.target)} pages; ${grouped(event.discarded)} pages given back in ${grouped(event.holes)} holes`
    + `${event.refusedHoles === 0 ? '' : `, ${event.refusedHoles} refused`}, ${grouped(event.refaults)} touched again`,
    ...costs,
    ...(stats.length === 0 ? [] : [`             statistics: ${stats.join(', ')}`]),
  ].join('\n')
}

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`
