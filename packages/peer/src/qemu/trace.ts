/**
 * What QEMU's balloon says about itself (`-trace virtio_balloon_*`): the addresses that the device saw, by its own account.
 *
 *   virtio_balloon_handle_output section name: ram gpa: 0x600000
 *   virtio_balloon_to_target balloon target: 0x2000000 num_pages: 8192
 */

export interface TraceEvent {
  /** Without the common prefix: `handle_output`, `bad_addr`, `get_config`, `set_config`, `to_target`. */
  readonly event: string
  /** The numbers in the line, in its order. */
  readonly numbers: readonly number[]
}

const LINE = /(?:^|[\s:])virtio_balloon_(\w+) (.*)$/

/** The events in a trace file; lines that are none are left out. */
export function parseTrace(text: string): TraceEvent[] {
  return text.split('\n').flatMap((line) => {
    const found = LINE.exec(line)
    if (found === null) return []
    return [{ event: found[1], numbers: (found[2].match(/\b(?:0x[0-9a-f]+|\d+)\b/gi) ?? []).map(Number) }]
  })
}
