/** A trace that cannot be used. The fault is the input's, so the message says where, what was found, and what would have been accepted. */
export class TraceError extends Error {
  override readonly name = 'TraceError'
  readonly file: string
  /** Counted from 1; 0 when the fault is that of the file as a whole. */
  readonly line: number
  readonly found: string
  readonly accepted: string

  constructor(fault: { file: string; line: number; found: string; accepted: string }) {
    super(`${fault.file}${fault.line > 0 ? `:${fault.line}` : ''}: found ${fault.found}, accepted ${fault.accepted}`)
    this.file = fault.file
    this.line = fault.line
    this.found = fault.found
    this.accepted = fault.accepted
  }
}
