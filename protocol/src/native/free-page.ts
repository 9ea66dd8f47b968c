/**
 * What the driver writes on the queue of free page hinting: a command of four bytes, little-endian, that begins the run of that id or ends it (0). The
 * blocks themselves have no bytes: each is a buffer that the device may write.
 */
export const COMMAND_BYTES = 4

/** Writes the id of a run, or HintCommand.STOP. */
export function putCommand(commandId: number, into: Uint8Array): number {
  into[0] = commandId
  into[1] = commandId >>> 8
  into[2] = commandId >>> 16
  into[3] = commandId >>> 24
  return COMMAND_BYTES
}

/** The id in four bytes. */
export const readCommand = (bytes: Uint8Array): number => (bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24)) >>> 0
