/**
 * What perf, trace-cmd and the kernel print of the same allocation under their options. The forms are those of builtin-script.c (perf), trace-read.c
 * (trace-cmd) and trace_output.c (the kernel) and of lines found in public reports; the lines themselves were made here.
 */
import { expect, test } from 'vitest'
import { parseText, renderEvents } from '../testing/trace-text.ts'
import { dialectOf } from './dialects.ts'
import { readTrace } from './read-trace.ts'

const BODY = 'page=0x155744 pfn=1398596 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO'
const PERF = `kmem:mm_page_alloc: ${BODY}`
const CMD = `mm_page_alloc:        ${BODY}`
const SAME = 'alloc p0x155744 order 0 type 0 NORMAL zero'

/** Each is one allocation on CPU 3; what else is told of it stands behind. */
const PERF_SCRIPT: Record<string, string> = {
  'perf script': `perf  6429 [003]    22.498450:             ${PERF}\n`,
  'a call chain': `perf  6429 [003]    22.498450:             ${PERF}\n    ffffffffbe23e32e __alloc_pages+0x22e ([kernel.kallsyms])\n\t7efdf7f7d3e8 __poll+0x18 (/usr/lib/libc.so.6)\n\n`,
  '--ns': `perf  6429 [003]    22.498450123:             ${PERF}\n`,
  '-F +tid, a name with a blank': `Web Content   812/815   [003]    22.498450:             ${PERF}\n`,
  'a task without a name': `:6429  6429 [003]    22.498450:             ${PERF}\n`,
  'brackets in the name': `[kworker/3:1-ev]  77 [003]    22.498450:             ${PERF}\n`,
  '-F pid,tid,cpu,time,event,trace': ` 6429/6430  [003]    22.498450: ${PERF}\n`,
  '-F cpu,time,event,trace': `[003]    22.498450: ${PERF}\n`,
  '-F comm,cpu,time,event,trace': `perf [003]    22.498450: ${PERF}\n`,
  '-F +period': `perf  6429 [003]    22.498450:          1 ${PERF}\n`,
  '-F +sym': `perf  6429 [003]    22.498450: ${PERF} ffffffffbe23e32e __alloc_pages+0x22e ([kernel.kallsyms])\n`,
  '--reltime': `perf  6429 [003]     0.000000:             ${PERF}\n`,
  'a pointer that is not shown': `perf  6429 [003]    22.498450: ${PERF.replace('0x155744', '(____ptrval____)')}\n`,
  'a pfn in hexadecimal': `perf  6429 [003]    22.498450: ${PERF.replace('1398596', '0x155744')}\n`,
}
const TRACE_CMD: Record<string, string> = {
  'trace-cmd report': `cpus=4\n            perf-6429  [003]    22.498450: ${CMD}\n`,
  'flags (3.0 and later)': `cpus=4\n            perf-6429  [003] d..1.    22.498450: ${CMD}\n`,
  'no name known': `cpus=4\n           <...>-6429  [003] .....    22.498450: ${CMD}\n`,
  '-t': `cpus=4\n            perf-6429  [003]    22.498450123: ${CMD}\n`,
  '--ts-diff': `cpus=4\n            perf-6429  [003]    22.498450: (+12)  ${CMD}\n`,
  '-l': `cpus=4\n    perf-6429    3d..1.    22.498450: ${CMD}\n`,
  '-l, a name with a dash': `cpus=4\n   a-5 1d-6429    3.....    22.498450: ${CMD}\n`,
  'several files': `cpus=4\ntrace.dat:             perf-6429  [003]    22.498450: ${CMD}\n`,
  'empty CPUs': `CPU 0 is empty\nCPU 1 is empty\ncpus=4\n            perf-6429  [003]    22.498450: ${CMD}\n`,
  'tgid': `cpus=4\n            perf-6429  ( 6429) [003]    22.498450: ${CMD}\n`,
}
const FTRACE: Record<string, string> = {
  'no flags (noirq-info)': `# tracer: nop\n            perf-6429  [003]    22.498450: mm_page_alloc: ${BODY}\n`,
  'four flags (before 5.16)': `# tracer: nop\n            perf-6429  [003] ...1    22.498450: mm_page_alloc: ${BODY}\n`,
  'a stack trace': `# tracer: nop\n            perf-6429  [003] .....    22.498450: mm_page_alloc: ${BODY}\n            perf-6429  [003] .....    22.498451: <stack trace>\n => __alloc_pages\n => alloc_pages\n`,
  'latency-format': `# tracer: nop\n#\n#                  _------=> CPU#\n    perf-6429      3d..1. 17284993us : mm_page_alloc: ${BODY}\n`,
  'latency-format, a long step': `# tracer: nop\n    perf-6429      3d..1. 17284993us!: mm_page_alloc: ${BODY}\n`,
}

test.each([...Object.entries(PERF_SCRIPT).map((e) => ['perf script', ...e]), ...Object.entries(TRACE_CMD).map((e) => ['trace-cmd report', ...e]),
  ...Object.entries(FTRACE).map((e) => ['ftrace', ...e])])('%s: %s', (dialect, _, text) => {
  const parser = parseText(text, [], { dialect: dialectOf(Buffer.from(text)) })
  expect(renderEvents(parser.events.finish())).toBe(`0 cpu3 ${SAME}`)
  expect([dialectOf(Buffer.from(text)).name, parser.counts.malformed, parser.counts.otherEvents]).toEqual([dialect, 0, 0])
})

test('times of the latency formats are what they say', () => {
  const line = (time: string): string => `    perf-6429      3d..1. ${time}: mm_page_free: page=0 pfn=0x1 order=0\n`
  const timesOf = (...times: string[]): number[] => [...parseText(times.map(line).join('')).events.finish().timeNs]
  expect(timesOf('17284993us ', '17284994us+', '18000000us!', '4000000000000us')).toEqual([0, 1000, 715_007_000, 3_999_982_715_007_000])
  expect(timesOf('22.498450', '22.498451')).toEqual([0, 1000])
})

test('lines that only look like the latency format are not events', () => {
  const others = ['perf-6429 3d..1. 17284993: mm_page_free:', 'perf-6429 3d.. 5us: hello', 'a-1 [000] x: mm_page_free: pfn=1', 'perf-6429 d..1. 5us : mm_page_free: pfn=0x1', '-']
  const { counts } = parseText(others.map((text) => `${text}\n`).join(''))
  expect([counts.malformed, counts.otherEvents + counts.otherLines]).toEqual([3, 2])
})

test('lost events, as each tool counts them', () => {
  const lost = (text: string): number => parseText(text, [], { dialect: dialectOf(Buffer.from(text)) }).counts.lost
  const perf = `perf  6429 [003]    22.498450: ${PERF}\n`
  expect(lost(`${perf}swapper     0 [001]    22.498460: PERF_RECORD_LOST lost 13\nperf  6429 [003]    22.499000: PERF_RECORD_LOST_SAMPLES lost 5\n`)).toBe(18)
  expect(lost('cpus=4\nCPU:0 [12 EVENTS DROPPED]\nCPU:1 [EVENTS DROPPED]\n')).toBe(13)
  expect(lost('# tracer: nop\nCPU:0 [LOST 12 EVENTS]\nCPU:1 [LOST EVENTS]\n')).toBe(13)
})

test('fields without which a line cannot be used are named', async () => {
  const messageOf = async (text: string): Promise<string> => {
    const read = readTrace({ name: 'x', stream: (async function* () { yield Buffer.from(text) })() })
    return read.then(() => 'read', (error: unknown) => (error as Error).message.replace(/, accepted.*/, ''))
  }
  expect(await messageOf(`perf  6429    22.498450: ${PERF}\n`)).toBe('x: found no event in 1 lines (0 events of other kinds, 1 malformed; line 1: no readable cpu)')
  expect(await messageOf(`perf  6429 [003] ${PERF}\n`)).toBe('x: found no event in 1 lines (0 events of other kinds, 1 malformed; line 1: no readable time)')
})
