/** What the owner of a guest can say to a running server, one command a line. */
import { PAGE_SIZE } from '@hintlab/kit'
import { parseSize } from '@hintlab/lab'

export type ServeCommand =
  | { readonly name: 'balloon'; readonly pages: number }
  | { readonly name: 'stats' }
  | { readonly name: 'hint' }
  | { readonly name: 'status' }
  | { readonly name: 'pages' }
  | { readonly name: 'quit' }

export const COMMAND_HELP = 'balloon SIZE | stats | hint | status | pages | quit'

/** Those that are one word. */
const PLAIN = ['stats', 'hint', 'status', 'pages', 'quit'] as const

/** A command, or why the line is none. */
export function parseCommand(line: string): ServeCommand | string {
  const [name = '', ...rest] = line.trim().split(/\s+/)
  const refused = `found ${JSON.stringify(line.trim())}; accepted: ${COMMAND_HELP}`
  if (name === 'balloon' && rest.length === 1) {
    const bytes = parseSize(rest[0])
    return bytes === null ? `balloon: found ${JSON.stringify(rest[0])}; accepted is a size such as 100M` : { name, pages: Math.floor(bytes / PAGE_SIZE) }
  }
  const known = PLAIN.find((plain) => plain === name)
  return known === undefined || rest.length > 0 ? refused : { name: known }
}
