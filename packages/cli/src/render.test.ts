import type { RunResult, Spread } from '@hintlab/lab'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { violationLines } from './facts.ts'
import { MAIL_WIDTH, renderMail } from './render-mail.ts'
import { renderSensitivity, renderTable, TABLE_WIDTH } from './render-table.ts'
import { fixtureComparison, fixtureRow } from './testing/fixture.ts'
import { ANSI, ascii, PLAIN, wrap } from './text.ts'

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

/** A row whose run broke seven rules, of which three are told with their text. */
function brokenRow() {
  const violationTexts = [1, 2, 3].map((n) => ({ rule: 'V2' as const, at: `${n}.000000 s`, text: `the host discards page p0x${n}, which the guest owns` }))
  return fixtureRow(4, { violations: 7 }, [{ seed: 3, violations: 7, violationTexts } as unknown as RunResult])
}

test('the table for a terminal', () => {
  const text = renderTable(fixtureComparison(), PLAIN)
  expect(widest(text)).toBeLessThanOrEqual(120)
  expect(text).toMatchInlineSnapshot(`
    "hintlab 0.1.0, seed 1, scenario 0123456789ab, costs 89abcdef
    trace redis.ftrace.gz: 440,656 events in 11.4 s on 2 CPUs, peak 469 MiB, 3 malformed lines, 170 frees without an
      allocation
    guest 4 GiB, 2 vCPUs, starts aged: 10 % of pageblocks in use, 20 % of the others fragmented, all backed by the host,
      90 % of it with huge pages; idles 60 s after the trace

    interface                                MiB end GiB x s back ms vCPU ms   hinting   kick irq  alloc us late ms
    carrier service notification submitter  returned % saved p50 p99 host ms faults ms msg faults   free us  broken
    ---------------------------------------------------------------------------------------------------------------
    no hinting                                 4,096     286       -       0         0        0 0 2.50 13.0       0
    reference                                      0       -       -       0         0        0 0       0 0       0
    ---------------------------------------------------------------------------------------------------------------
    buffer, hypercall                          1,124    80.0    98.6     237       166       10 0 2.50 13.3     234
    hypercall inline return blocks-irqs-off    3,286      72   2,013       0      71.0     10 156 12.8 18.0       0
    ---------------------------------------------------------------------------------------------------------------
    buffer, virtqueue, async                   1,136    80.5    98.6    71.3     0.329       3 10 2.50 5.69    69.1
    virtqueue thread interrupt goes-on         3,274    71.8   2,013     167      71.0     10 156 12.8 17.9       0

    MiB end, GiB x s: host memory of the guest at the end and over time. back: from free to returned, p50 above p99. vCPU
    ms: all vCPU time but work and allocator, of it hinting and faults (first touches, with their exits). host ms: host
    threads. kick, irq, msg, faults: how many. alloc, free: stalls, p99.9 and maximum. late: the workload at its last
    event. broken: rules of the ghost.

    1. Least vCPU overhead: "buffer, virtqueue, async", 71.3 ms.
    2. No guest data was lost: 0 violations in 3 runs.
    "
  `)
  expect(renderSensitivity(fixtureComparison())).toMatchInlineSnapshot(`
    "Sensitivity: with the costs that are only an order of magnitude (M) halved and doubled, all 1 conclusions hold.
    "
  `)
  expect(renderSensitivity(fixtureComparison({ sensitivity: null }))).toBe('Sensitivity: not evaluated (--no-sensitivity).\n')
})

test('the table for a mail', () => {
  const text = renderMail(fixtureComparison())
  expect(widest(text)).toBeLessThanOrEqual(MAIL_WIDTH)
  expect(text).toMatchInlineSnapshot(`
    "hintlab 0.1.0, seed 1, scenario 0123456789ab, costs 89abcdef
    trace redis.ftrace.gz: 440,656 events in 11.4 s on 2 CPUs, peak 469 MiB,
      3 malformed lines, 170 frees without an allocation
    guest 4 GiB, 2 vCPUs, starts aged: 10 % of pageblocks in use, 20 % of
      the others fragmented, all backed by the host, 90 % of it with huge
      pages; idles 60 s after the trace

                                    end  saved   back   vCPU   host   msgs
    interface                       MiB      %     ms     ms     ms
    ----------------------------------------------------------------------
    no hinting                     4096      -      -      0      0      0
    buffer, hypercall              1124     72   98.6    237      0     10
    buffer, virtqueue, async       1136   71.8   98.6   71.3    167     10

    end: host memory of the guest at the end; saved: of its integral over
    time; back: median from free to returned; vCPU: overhead on the vCPUs;
    host: host threads.

    1. Least vCPU overhead: "buffer, virtqueue, async", 71.3 ms.
    2. No guest data was lost: 0 violations in 3 runs.
    Sensitivity: with the costs that are only an order of magnitude (M)
       halved and doubled, all 1 conclusions hold.
    "
  `)
})

test('several seeds: minimum and maximum stand below the median, in the same places', () => {
  const row = fixtureRow(7, { residentEndMiB: { min: 1100, median: 1136, max: 1150 }, vcpuOverheadMs: { min: 70, median: 71.33, max: 90 } })
  const comparison = fixtureComparison({ seeds: [1, 2, 3], rows: [row] })
  expect(renderTable(comparison, PLAIN).split('\n').slice(5, 15).join('\n')).toMatchInlineSnapshot(`
    "
    interface                               MiB end GiB x s back ms vCPU ms   hinting   kick irq alloc us late ms
    carrier service notification submitter returned % saved p50 p99 host ms faults ms msg faults  free us  broken
    -------------------------------------------------------------------------------------------------------------
    buffer, virtqueue, async                  1,136       0       0    71.3         0        0 0      0 0       0
    virtqueue thread interrupt goes-on            0       0       0       0         0        0 0      0 0       0
      min                                     1,100       0       0      70         0        0 0      0 0       0
                                                  0       0       0       0         0        0 0      0 0       0
      max                                     1,150       0       0      90         0        0 0      0 0       0
                                                  0       0       0       0         0        0 0      0 0       0"
  `)
  expect(renderMail(comparison).split('\n').slice(6, 12).join('\n')).toMatchInlineSnapshot(`
    "
                                    end  saved   back   vCPU   host   msgs
    interface                       MiB      %     ms     ms     ms
    ----------------------------------------------------------------------
    buffer, virtqueue, async       1136      0      0   71.3      0      0
      min                          1100      0      0     70      0      0"
  `)
})

test('broken rules are told one by one', () => {
  const comparison = fixtureComparison({ rows: [brokenRow()], violations: 7, safety: 'THE PROTOCOL WAS BROKEN: 7 violations in 1 run.' })
  expect(violationLines(comparison).join('\n')).toMatchInlineSnapshot(`
    "V2 at 1.000000 s, buffer, hypercall, seed 3: the host discards page p0x1, which the guest owns
    V2 at 2.000000 s, buffer, hypercall, seed 3: the host discards page p0x2, which the guest owns
    V2 at 3.000000 s, buffer, hypercall, seed 3: the host discards page p0x3, which the guest owns
    and 4 more in buffer, hypercall, seed 3"
  `)
  expect(renderTable(comparison, PLAIN)).toContain('V2 at 1.000000 s, buffer, hypercall, seed 3')
  expect(renderMail(comparison)).toContain('V2 at 1.000000 s')
})

test('colours change nothing but the emphasis', () => {
  const comparison = fixtureComparison({ rows: [brokenRow(), ...fixtureComparison().rows] })
  const colourful = renderTable(comparison, ANSI)
  // eslint-disable-next-line no-control-regex -- escapes are what is looked for
  const bare = colourful.replaceAll(/\u001b\[\d+m/g, '')
  expect(colourful).not.toBe(bare)
  expect(bare).toBe(renderTable(comparison, PLAIN))
})

test('a mail has at most 72 columns of ASCII whatever the numbers and names are', () => {
  const spread: fc.Arbitrary<Spread> = fc.double({ min: 0, max: 1e18, noNaN: true }).map((n) => ({ min: n / 2, median: n, max: n * 2 }))
  const names = ['residentEndMiB', 'savedPercent', 'returnP50Ms', 'vcpuOverheadMs', 'hostThreadMs', 'messages'] as const
  fc.assert(fc.property(fc.tuple(...names.map(() => spread)), fc.string({ unit: 'grapheme', maxLength: 200 }), fc.boolean(), (numbers, file, several) => {
    const { trace } = fixtureComparison()
    const row = fixtureRow(3, Object.fromEntries(names.map((name, i) => [name, numbers[i]])))
    const text = renderMail(fixtureComparison({ rows: [row], trace: { ...trace, file }, seeds: several ? [1, 2] : [1] }))
    expect(widest(text)).toBeLessThanOrEqual(MAIL_WIDTH)
    expect(text).toMatch(/^[ -~\n]*$/)
  }), { numRuns: 200 })
})

test('wrapping keeps every word, and the width', () => {
  fc.assert(fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 30 }), { maxLength: 30 }), (words) => {
    const lines = wrap(words.join(' '), 20, '  ')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(20)
    expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''))
  }))
  expect(wrap('one two three', 7, '  ')).toEqual(['one two', '  three'])
  expect(ascii('a\u00b5b\u{1f600}c\td')).toBe('a?b?c?d')
  expect(TABLE_WIDTH).toBeLessThanOrEqual(120)
})
