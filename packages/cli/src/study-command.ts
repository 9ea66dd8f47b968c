/**
 * `hintlab study ground-truth`: replays recordings of a real guest and prints model beside truth.
 *
 *   pass  at s     model ms  buffers  ranges  pages    model %  same place
 *   1     26.285   -1.0      2  2     64 64   64000 ..
 */
import { statSync } from 'node:fs'
import { bundledGroundTruth, groundTruthRoot, grouped, InputError, laterMs, morePercent, scenarioFolders, studyGroundTruth, TRUTH_LIMITS } from '@hintlab/lab'
import type { DriverReplay, GroundTruthResult, ListsComparison, PassComparison } from '@hintlab/lab'
import Table from 'cli-table3'
import { wrap } from './text.ts'

const WIDTH = 118
const NS_PER_S = 1e9

export interface StudyFlags {
  readonly json?: boolean
}

/** Returns 0 when every recording is within the limits, 1 otherwise. */
export function groundTruthCommand(folders: readonly string[], flags: StudyFlags): number {
  const results = chosenFolders(folders).map((folder) => {
    const result = studyGroundTruth(folder)
    if (flags.json !== true) process.stdout.write(renderTruth(result))
    return result
  })
  if (flags.json === true) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`)
  const outside = results.filter((result) => result.outside.length > 0).length
  if (flags.json !== true) process.stdout.write(`${results.length - outside} of ${results.length} recordings within the limits: ${LIMITS}\n`)
  return outside === 0 ? 0 : 1
}

const LIMITS = `pages of each pass within ${TRUTH_LIMITS.pagesPercent} %, its begin within ${TRUTH_LIMITS.passMs} ms, as many buffers`

/** The folders named, or all recordings beside the repository, or else the bundled one. */
function chosenFolders(folders: readonly string[]): string[] {
  if (folders.length === 0) {
    const all = scenarioFolders(groundTruthRoot())
    return all.length > 0 ? all : scenarioFolders(bundledGroundTruth())
  }
  return folders.flatMap((folder) => {
    const found = scenarioFolders(folder)
    if (found.length > 0) return found
    const what = statSync(folder, { throwIfNoEntry: false }) === undefined ? 'no such folder' : 'no recording in it'
    throw new InputError(`${folder}: found ${what}; accepted is a folder with freelists-begin.json.gz, or one with such folders in it`)
  })
}

const alike = (same: number, all: number): string => `${grouped(same)} of ${grouped(all)}`
const seconds = (atNs: number | undefined): string => (atNs === undefined ? '-' : (atNs / NS_PER_S).toFixed(3))
const count = (n: number | undefined): string => (n === undefined ? '-' : grouped(n))

/** One recording as text. */
export function renderTruth({ name, events, directFrees, passes, lists, counts, driverBytes, outside }: GroundTruthResult): string {
  const notes = [
    `Placement the allocator would have chosen too: buddy ${alike(counts.takesAlike, counts.takes)}, per-CPU lists ${alike(counts.popsAlike, counts.pops)}, `
      + `drains ${alike(counts.drainsAlike, counts.drains)}. Frees that passed the per-CPU lists by: ${directFrees}. Events whose page was elsewhere `
      + `than the recording implies: ${counts.stray}.`,
    ...lists.map(listsLine),
    ...(driverBytes === null ? [] : [bytesLine(driverBytes)]),
  ]
  return [
    `${name}: ${grouped(events)} events, ${passes.length} passes`,
    '',
    passTable(passes),
    '',
    ...notes.flatMap((line) => wrap(line, WIDTH, '  ')),
    ...(outside.length === 0 ? ['within the limits'] : outside.map((line) => `OUTSIDE: ${line}`)),
    '',
    '',
  ].join('\n')
}

function bytesLine({ chains, used, usedAlike, calls, callsAlike, pagesReported, pagesTaken }: DriverReplay): string {
  return `The driver's bytes against the device: ${grouped(chains)} chains, same used elements ${alike(usedAlike, used)}, same interrupts `
    + `${alike(callsAlike, calls)}, pages reported ${grouped(pagesReported)}, taken ${grouped(pagesTaken)}.`
}

function listsLine({ zone, truthBlocks, modelBlocks, commonBlocks, samePlace, truthPages, modelPages }: ListsComparison): string {
  return `Free lists at the end, ${zone}: truth ${grouped(truthBlocks)} blocks of ${grouped(truthPages)} pages, model ${grouped(modelBlocks)} of `
    + `${grouped(modelPages)}; on the same list with the same flag ${grouped(commonBlocks)}, at the same place ${grouped(samePlace)}.`
}

function passTable(passes: readonly PassComparison[]): string {
  const table = new Table({
    head: ['pass', 'begin s', 'model', 'ms later', 'buffers', 'model', 'ranges', 'model', 'same place', 'pages', 'model', '% more'],
    colAligns: Array.from({ length: 12 }, () => 'right' as const),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '',
      left: '', 'left-mid': '', right: '', 'right-mid': '', mid: '-', 'mid-mid': '--', middle: '  ',
    },
  })
  for (const [i, pass] of passes.entries()) table.push(passRow(i + 1, pass))
  return table.toString().split('\n').map((line) => line.trimEnd()).join('\n')
}

function passRow(number: number, { truth, model, samePlace }: PassComparison): string[] {
  const both = truth !== null && model !== null
  return [
    String(number),
    seconds(truth?.atNs), seconds(model?.atNs), both ? laterMs(truth, model).toFixed(1) : '-',
    count(truth?.buffers), count(model?.buffers),
    count(truth?.ranges), count(model?.ranges), String(samePlace),
    count(truth?.pages), count(model?.pages), both ? morePercent(truth, model).toFixed(2) : '-',
  ]
}
