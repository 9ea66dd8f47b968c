/** docs/interfaces.md: what each preset is, where it comes from and what can be set, from the table that builds them. */
import { PRESETS } from '../interfaces.ts'
import type { Interface } from '../interfaces.ts'
import { parseRunOptions } from '../options.ts'
import { policyPart, withInterface } from './policy-parts.ts'
import { POLICIES } from './policy-part.ts'
import type { PolicyName } from './policy-part.ts'

const COLUMNS = 128

const HEAD = `# Historical interfaces

Every interface that was proposed or merged for free memory of a guest, as a preset: \`hintlab compare --all\` sets all of them side by
side, \`--interfaces percpu-array\` chooses one, and a scenario names it with \`interface: percpu-array\`. Their four axes are explained in
[ARCHITECTURE.md](../ARCHITECTURE.md). This file is generated from \`packages/lab/src/interfaces.ts\` and
\`packages/lab/src/presets\`; a test compares.

The constants are settings: \`--set percpu-array.entries=500\`. What a preset's name fixes cannot be set over it.
`

const SHARED = `## Settings of all that buffer

\`hinting.request-memory\` says where the memory of a request comes from when the guest is short of it:
\`preallocated\` (set aside, for any vCPU), \`per-cpu\` (set aside, each vCPU has its own), \`allocated\` (one page at the time of the
request, without reclaim; when there is none the hints are lost). \`hinting.defragment\` compacts the guest's memory before a worker
hints; it needs \`guest.compaction\`.

The safeguards F1 and F2 are explained in [ARCHITECTURE.md](../ARCHITECTURE.md#safeguards). For \`essa-log\` F1 is the instruction that
makes a page stable when it is allocated.
`

/** The whole document. */
export function interfacesText(): string {
  const rows = PRESETS.map(({ name, interface: face }) => `| ${[name, axesText(face), settingsText(face)].join(' | ')} |`)
  const table = ['| preset | carrier, service, notification, submitter | fixed |', '|---|---|---|', ...rows]
  return [HEAD, ...table, '', ...POLICIES.map(section), SHARED].join('\n')
}

function axesText(face: Interface): string {
  if (face === null) return ''
  const { carrier, service, notification, submitter } = face.axes
  return [carrier, service, notification, submitter].join(', ')
}

function settingsText(face: Interface): string {
  const settings = Object.entries(face?.settings ?? {})
  return settings.length === 0 ? '-' : settings.map(([name, value]) => `${policyPart(face!.policy).group}.${name}=${value}`).join(', ')
}

function section(name: PolicyName): string {
  const { origin, idea, group, safeguards } = policyPart(name)
  const preset = PRESETS.find((row) => row.interface?.policy === name)
  const constants = withInterface(parseRunOptions({}), preset?.interface ?? null)[group!] as Record<string, unknown>
  const rests = safeguards.length === 0 ? 'No safeguard of hinting: it takes pages as any allocation does.' : `Rests on ${safeguards.join(' and ')}.`
  const settings = Object.entries(constants).map(([key, value]) => `\`${group}.${key}\` ${String(value)}`)
  const paragraphs = [`From: ${origin}.`, `${idea[0].toUpperCase()}${idea.slice(1)}. ${rests}`, `Settings, with the preset's values: ${settings.join(', ')}.`]
  return [`## ${name}`, '', ...paragraphs.flatMap((text) => [...wrapped(text), ''])].join('\n')
}

/** Lines of at most 128 columns. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1]
    if (line === undefined || line.length + 1 + word.length > COLUMNS) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines
}
