/** A scenario file as text: YAML into plain data, and where in the file each part of it stands. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isMap, isPair, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import { InputError } from '../options.ts'

/** More text than a scenario can have. */
const TEXT_MAX = 2 ** 20

export interface ScenarioFile {
  /** For messages. */
  readonly name: string
  /** What it says; paths of traces are relative to where the user stands. */
  readonly input: Record<string, unknown>
  /** Line of what stands at a path, or of the nearest thing around it; 0 when the file has nothing of it. */
  lineOf(path: readonly PropertyKey[]): number
}

/** The scenario of a path, or of a name: one of those in examples/scenarios. Throws InputError. */
export function readScenarioFile(pathOrName: string): ScenarioFile {
  const named = join(namedFolder(), `${pathOrName}.yaml`)
  const path = existsSync(pathOrName) || !/^[\w-]+$/.test(pathOrName) || !existsSync(named) ? pathOrName : named
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new InputError(`${pathOrName}: found no readable file; accepted is a scenario file, or one of ${scenarioNames().join(', ')}`)
  }
  return scenarioFromText(text, path === named ? `${pathOrName}.yaml` : path, dirname(path))
}

/** Names of the scenarios that come with hintlab. */
export function scenarioNames(): string[] {
  const folder = namedFolder()
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((file) => file.endsWith('.yaml')).map((file) => file.slice(0, -'.yaml'.length)).sort()
}

/** `folder` is where relative paths of traces begin. Throws InputError for what is no YAML or no group of settings. */
export function scenarioFromText(text: string, name: string, folder = ''): ScenarioFile {
  if (text.length > TEXT_MAX) throw new InputError(`${name}: found ${text.length} characters; accepted are up to ${TEXT_MAX}`)
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const faults = document.errors.map((error) => {
    const [what] = error.message.split('\n')
    return `${name}:${counter.linePos(error.pos[0]).line}: found ${what.replace(/ at line \d+, column \d+:?$/, '')}; accepted is YAML`
  })
  if (faults.length > 0) throw new InputError(faults.join('\n'))
  const input = plain(document, name)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InputError(`${name}:1: found no settings; accepted is a group such as "hintlab: 1" and what else the run is made of`)
  }
  return { name, input: fromFolder(input as Record<string, unknown>, folder), lineOf: (path) => lineOf(document, counter, path) }
}

const namedFolder = (): string => fileURLToPath(new URL('../../../../examples/scenarios', import.meta.url))

function plain(document: Document, name: string): unknown {
  try {
    return document.toJS() as unknown
  } catch (error) {
    throw new InputError(`${name}: found ${(error as Error).message}; accepted is YAML with fewer aliases`)
  }
}

/** Traces are named from the file's folder. */
function fromFolder(input: Record<string, unknown>, folder: string): Record<string, unknown> {
  const workload = input['workload'] as Record<string, unknown> | null | undefined
  const trace = workload?.['trace']
  if (workload === null || workload === undefined || trace === undefined || folder === '') return input
  const from = (path: unknown): unknown => (typeof path !== 'string' || path === 'bundled' || isAbsolute(path) ? path : join(folder, path))
  return { ...input, workload: { ...workload, trace: Array.isArray(trace) ? trace.map(from) : from(trace) } }
}

function lineOf(document: Document, counter: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const at = startOf(document, path.slice(0, length).map((key) => (typeof key === 'symbol' ? '' : key)))
    if (at >= 0) return counter.linePos(at).line
  }
  return 0
}

/** Where the key at `path` begins, or the element of a list; -1 when there is none. */
function startOf(document: Document, path: readonly (string | number)[]): number {
  const key = path[path.length - 1]
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key))
    return rangeStart(pair?.key)
  }
  return rangeStart(document.getIn(path, true))
}

const rangeStart = (node: unknown): number => (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? -1
