/**
 * What a schema does not accept, as one line per mistake for the person who wrote the input: where, what was found, and what is accepted.
 *
 *     reporting.order: found 11; accepted is a number up to 10
 */
import { MIB } from '@hintlab/kit'
import type { z } from 'zod'
import { bytesText } from './format.ts'

export interface Mistake {
  /** Where in the input, for a line number: of an unknown setting the path of its key. */
  readonly path: readonly PropertyKey[]
  /** Where, as the user names it: the path with points, or `root` for the whole. */
  readonly name: string
  readonly text: string
}

/** All mistakes of `input`, in the order in which the schema finds them. `root` names the input as a whole. */
export function mistakesOf(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], input: unknown, root: string): Mistake[] {
  return issues.map((issue) => {
    const name = issue.path.map(String).join('.') || root
    if (issue.code !== 'unrecognized_keys') {
      return { path: issue.path, name, text: `found ${foundText(valueAt(input, issue.path))}; accepted is ${accepted(issue, schema, input)}` }
    }
    const known = knownKeys(schema, issue.path, input).join(', ')
    return { path: [...issue.path, ...issue.keys.slice(0, 1)], name, text: `found the unknown setting ${issue.keys.join(', ')}; accepted are ${known}` }
  })
}

export const mistakeLine = ({ name, text }: Mistake): string => `${name}: ${text}`

function foundText(found: unknown): string {
  if (found === undefined) return 'nothing'
  return typeof found === 'number' ? String(found) : JSON.stringify(found)
}

function accepted(issue: z.core.$ZodIssue, schema: z.ZodType, input: unknown): string {
  if (issue.code === 'too_small') return rangeText(issue.origin, 'from', limitText(issue.minimum)) ?? issue.message
  if (issue.code === 'too_big') return rangeText(issue.origin, 'up to', limitText(issue.maximum)) ?? issue.message
  if (issue.code === 'not_multiple_of') return `a multiple of ${limitText(issue.divisor)}`
  if (issue.code === 'invalid_value') return choiceText(issue.values.map(String))
  if (issue.code === 'invalid_type' && isSize(schema, issue.path, input)) return 'a number of bytes or a size such as 512M'
  if (issue.code === 'invalid_type') return (EXPECTED[issue.expected] ?? issue.expected) + unitText(issue)
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return choiceText(discriminatorValues(definitionAt(schema, issue.path.slice(0, -1), undefined), issue.discriminator))
  }
  return issue.message
}

/** A value with a comma in it is quoted, so that one can tell where it ends. */
function choiceText(values: readonly string[]): string {
  const quoted = values.some((value) => value.includes(',')) ? values.map((value) => JSON.stringify(value)) : values
  return quoted.length === 1 ? quoted[0] : `one of ${quoted.join(', ')}`
}

/** What has a size, and the size that it may have. */
function rangeText(origin: string, bound: 'from' | 'up to', limit: string): string | null {
  if (origin === 'number' || origin === 'int') return `a number ${bound} ${limit}`
  const counted = `${bound === 'from' ? 'at least' : bound} ${limit}`
  if (origin === 'array') return `a list with ${counted} in it`
  return origin === 'string' ? `text of ${counted} characters` : null
}

/** ` of milliseconds` where the name of a setting says so: "1s" is what people write there. */
function unitText({ path, ...issue }: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || (issue.expected !== 'number' && issue.expected !== 'int')) return ''
  const key = String(path[path.length - 1] ?? '')
  const unit = UNITS.find(([ending]) => key === ending || key.endsWith(`-${ending}`))
  return unit === undefined ? '' : ` of ${unit[1]}`
}

const UNITS = [['seconds', 'seconds'], ['s', 'seconds'], ['ms', 'milliseconds'], ['ns', 'nanoseconds']] as const

/** `67108864 (64 MiB)`; small limits as they are. */
function limitText(limit: number | bigint): string {
  const bytes = Number(limit)
  return bytes >= MIB && bytes % MIB === 0 ? `${limit} (${bytesText(bytes)})` : String(limit)
}

const EXPECTED: Record<string, string> = {
  int: 'a whole number', number: 'a number', object: 'a group of settings', boolean: 'true or false', string: 'text', array: 'a list',
}

export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = root
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  return value
}

/** The few fields of a schema's definition that are walked here. */
interface Definition {
  readonly type: string
  readonly innerType?: WithDefinition
  readonly out?: WithDefinition
  readonly shape?: Record<PropertyKey, WithDefinition>
  readonly element?: WithDefinition
  readonly options?: readonly WithDefinition[]
  readonly discriminator?: string
  readonly values?: readonly unknown[]
}
interface WithDefinition {
  readonly def: Definition
}

/** Settings of the group at `path`; a choice between groups is made as the input makes it. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): string[] {
  return Object.keys(definitionAt(schema, path, input).shape ?? {})
}

function definitionAt(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): Definition {
  let node = chosen(bare((schema as unknown as WithDefinition).def), input)
  path.forEach((key, i) => {
    const inner = node.type === 'array' ? node.element : node.shape?.[key]
    if (inner !== undefined) node = chosen(bare(inner.def), valueAt(input, path.slice(0, i + 1)))
  })
  return node
}

/** True where a text may stand for a number of bytes: the only place where schemas preprocess. */
function isSize(schema: z.ZodType, path: readonly PropertyKey[], input: unknown): boolean {
  const key = path[path.length - 1]
  let def = key === undefined ? undefined : definitionAt(schema, path.slice(0, -1), input).shape?.[key]?.def
  while (def !== undefined && def.type !== 'pipe') def = def.innerType?.def
  return def !== undefined
}

/** Without defaults, null and preprocessing around it. */
function bare(def: Definition): Definition {
  const inner = def.innerType ?? def.out
  return inner === undefined ? def : bare(inner.def)
}

/** Of a choice the member that the input names. */
function chosen(def: Definition, input: unknown): Definition {
  const { discriminator, options } = def
  if (discriminator === undefined || options === undefined) return def
  const wanted = valueAt(input, [discriminator])
  return options.find((option) => option.def.shape?.[discriminator]?.def.values?.includes(wanted))?.def ?? def
}

function discriminatorValues({ options }: Definition, discriminator: string): string[] {
  return (options ?? []).flatMap((option) => (option.def.shape?.[discriminator]?.def.values ?? []).map(String))
}
