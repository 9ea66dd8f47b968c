/** What a server has seen, for its reports. Plain numbers: they belong to the server, outlive connections, and go only up. */
export interface VhostUserCounters {
  connections: number
  messages: number
  /** Messages that could not be one. The connection was closed. */
  malformed: number
  /** Messages that were understood and could not be followed. */
  refused: number
  /** Kicks that reached the device. */
  kicks: number
  calls: number
  /** Signals that were not needed, because the ones before are still unread. */
  callsFull: number
  /** Kick and call descriptors that failed, and connections that took no reply. */
  broken: number
  /** Rings that cannot lie where the front-end says. */
  badRings: number
  configChanges: number
  memoryTables: number
}

export function makeCounters(): VhostUserCounters {
  return {
    connections: 0, messages: 0, malformed: 0, refused: 0, kicks: 0, calls: 0, callsFull: 0, broken: 0, badRings: 0, configChanges: 0, memoryTables: 0,
  }
}
