/**
 * What a comparison says in plain sentences, computed from the numbers. Each is the answer to a question that can be asked again of other numbers: the
 * sensitivity test asks it with other costs and sees whether the answer still stands.
 *
 *     question -> candidates (answer, value), best first -> the best answers, the others within 1 % of it are as good
 *
 * An answer stands as long as it is the best or within 1 % of the best: two rows that differ by less are no finding.
 */
import { MS, US } from '@hintlab/kit'
import { percentText, significant, timeText } from './format.ts'
import type { Headline } from './headline.ts'
import type { Interface } from './machine.ts'

const CLOSE = 0.01
const NAMED_MAX = 3

/** One interface as it is judged: the median of each number over the seeds. */
export interface JudgedRow {
  readonly name: string
  readonly interface: Interface
  readonly headline: Headline
}

export const CONCLUSION_IDS = ['vcpu-overhead', 'footprint', 'return-time', 'stall', 'lateness', 'asynchrony'] as const
export type ConclusionId = (typeof CONCLUSION_IDS)[number]

export interface Conclusion {
  readonly id: ConclusionId
  /** What the question is about, in a few words. */
  readonly subject: string
  /** A row's name, or `asynchronous` or `synchronous`. */
  readonly answer: string
  /** Answers within 1 % of the best, the best included. */
  readonly asGood: readonly string[]
  /** The number that decided, as text with its unit. */
  readonly value: string
  readonly text: string
}

interface Candidate {
  readonly answer: string
  readonly value: number
  /** More of the sentence about this answer; empty for most. */
  readonly remark?: string
}

interface Question {
  readonly id: ConclusionId
  readonly subject: string
  /** The best value is the smallest, or for the worst of something the largest. */
  readonly best: 'least' | 'most'
  /** None or one candidate: the question does not arise. */
  readonly candidates: (rows: readonly JudgedRow[]) => Candidate[]
  readonly show: (value: number) => string
  /** Overrides the usual sentence. */
  readonly tell?: (rows: readonly JudgedRow[]) => string
}

const QUESTIONS: readonly Question[] = [
  {
    id: 'vcpu-overhead',
    subject: 'least vCPU overhead',
    best: 'least',
    candidates: (rows) => hinting(rows, ({ headline }) => headline.vcpuOverheadMs),
    show: (ms) => timeText(ms * MS),
  },
  {
    id: 'footprint',
    subject: 'smallest host footprint',
    best: 'least',
    candidates: (rows) => hinting(rows, ({ headline }) => headline.footprintGiBs, ({ headline: { savedPercent: saved } }) => {
      return saved === null ? '' : ` (${percentText(Math.abs(saved) / 100)} ${saved < 0 ? 'more' : 'less'} than without hinting)`
    }),
    show: (gibs) => `${significant(gibs)} GiB x s`,
  },
  {
    id: 'return-time',
    subject: 'fastest from free to returned',
    best: 'least',
    candidates: (rows) => hinting(rows, ({ headline }) => headline.returnP50Ms),
    show: (ms) => `${timeText(ms * MS)} in the median`,
  },
  {
    id: 'stall',
    subject: 'worst stall of one allocation or free',
    best: 'most',
    candidates: (rows) => hinting(rows, worstStallUs, () => withoutHinting(rows, (row) => timeText(worstStallUs(row) * US))),
    show: (us) => timeText(us * US),
  },
  {
    id: 'lateness',
    subject: 'latest end of the workload',
    best: 'most',
    candidates: (rows) => hinting(rows, ({ headline }) => headline.latenessEndMs, () => {
      return withoutHinting(rows, ({ headline }) => timeText((headline.latenessEndMs ?? 0) * MS))
    }),
    show: (ms) => `${timeText(ms * MS)} late`,
  },
  {
    id: 'asynchrony',
    subject: 'the cheaper of asynchronous and synchronous',
    best: 'least',
    candidates: (rows) => {
      const pair = asyncPair(rows)
      if (pair === null) return []
      return [{ answer: 'asynchronous', value: overheadMs(pair.asynchronous) }, { answer: 'synchronous', value: overheadMs(pair.synchronous) }]
    },
    show: (ms) => timeText(ms * MS),
    tell: tellAsynchrony,
  },
]

/** The conclusions that these rows allow, in a fixed order. */
export function conclude(rows: readonly JudgedRow[]): Conclusion[] {
  return QUESTIONS.flatMap((question) => {
    const ranked = rank(question, rows)
    if (ranked.length < 2) return []
    const best = ranked[0]
    const asGood = ranked.filter(({ value }) => isClose(value, best.value)).map(({ answer }) => answer)
    const { id, subject, show } = question
    const text = question.tell?.(rows) ?? sentence(question, best, asGood)
    return [{ id, subject, answer: best.answer, asGood, value: show(best.value), text }]
  })
}

/** True when the answer given under one set of costs is still as good as any under another. */
export const stillHolds = (before: Conclusion, after: Conclusion): boolean => after.asGood.includes(before.answer)

/** How many times more the synchronous variant costs the vCPUs; null where there is no such pair of rows or the asynchronous one costs nothing. */
export function asynchronyRatio(rows: readonly JudgedRow[]): number | null {
  const pair = asyncPair(rows)
  return pair === null ? null : ratio(overheadMs(pair.synchronous), overheadMs(pair.asynchronous))
}

/** A row's name inside a sentence: names contain commas. */
export const quoted = (name: string): string => `"${name}"`

/** The rows that returned memory: one that does nothing costs nothing, and is no finding. */
function hinting(
  rows: readonly JudgedRow[], value: (row: JudgedRow) => number | null, remark: (row: JudgedRow) => string = () => '',
): Candidate[] {
  return rows.filter((row) => row.interface !== null && (row.headline.returnedMiB ?? 0) > 0 && value(row) !== null).map((row) => {
    return { answer: row.name, value: value(row)!, remark: remark(row) }
  })
}

/** Total order: by value, then in the order of the rows (sort is stable). */
function rank(question: Question, rows: readonly JudgedRow[]): Candidate[] {
  const sign = question.best === 'least' ? 1 : -1
  return question.candidates(rows).sort((a, b) => sign * (a.value - b.value))
}

const isClose = (value: number, best: number): boolean => Math.abs(value - best) <= CLOSE * Math.abs(best)

function sentence({ subject, show }: Question, best: Candidate, asGood: readonly string[]): string {
  const text = `${subject[0].toUpperCase()}${subject.slice(1)}: ${quoted(best.answer)}, ${show(best.value)}${best.remark ?? ''}`
  const others = asGood.slice(1)
  if (others.length === 0) return `${text}.`
  const named = others.slice(0, NAMED_MAX).map(quoted).join(', ')
  const more = others.length - NAMED_MAX
  return `${text}; within 1 % of it ${named}${more > 0 ? ` and ${more} more` : ''}.`
}

const overheadMs = ({ headline }: JudgedRow): number => headline.vcpuOverheadMs ?? 0

const worstStallUs = ({ headline }: JudgedRow): number => Math.max(headline.allocMaxUs ?? 0, headline.freeMaxUs ?? 0)

function withoutHinting(rows: readonly JudgedRow[], show: (row: JudgedRow) => string): string {
  const reference = rows.find((row) => row.interface === null)
  return reference === undefined ? '' : ` (without hinting ${show(reference)})`
}

/** The buffer that goes on, over a virtqueue if that is there, and the same buffer over a hypercall that blocks. */
function asyncPair(rows: readonly JudgedRow[]): { asynchronous: JudgedRow; synchronous: JudgedRow } | null {
  const buffers = rows.filter((row) => row.interface?.policy === 'async-buffer')
  const going = buffers.filter((row) => row.interface?.axes.submitter === 'goes-on')
  const asynchronous = going.find((row) => row.interface?.axes.carrier === 'virtqueue') ?? going[0]
  const synchronous = buffers.find(({ interface: face }) => face?.axes.service === 'inline' && face.axes.notification === 'return')
  return asynchronous === undefined || synchronous === undefined ? null : { asynchronous, synchronous }
}

function tellAsynchrony(rows: readonly JudgedRow[]): string {
  const { asynchronous: { headline: a }, synchronous: { headline: s } } = asyncPair(rows)!
  const [all, allSync, bare, bareSync] = [a.vcpuOverheadMs ?? 0, s.vcpuOverheadMs ?? 0, a.hintingMs ?? 0, s.hintingMs ?? 0]
  return `The asynchronous buffer costs the vCPUs ${timeText(all * MS)}, the same buffer over a blocking hypercall ${timeText(allSync * MS)}`
    + `${times(allSync, all)}; without the faults on returned memory ${timeText(bare * MS)} and ${timeText(bareSync * MS)}${times(bareSync, bare)}.`
}

const ratio = (a: number, b: number): number | null => (b === 0 ? null : a / b)

function times(a: number, b: number): string {
  const r = ratio(a, b)
  return r === null ? '' : ` (${significant(r)} x)`
}
