/**
 * The bytes of guest memory that both sides may touch: rings, request buffers, configuration. Every other guest page has a tag (the ghost)
 * and no bytes. Addresses are guest physical, in bytes; words are little-endian, as in virtio 1.x.
 *
 * Whoever calls this on behalf of a peer has an address the peer chose, so an access outside is a value (`null`, `false`), never an
 * exception and never a silent zero.
 */
export interface GuestMemory {
  /**
   * A window over `[gpa, gpa + length)`, resolved and checked once, for structures that live at a fixed place (a ring). `null` when any
   * byte of it lies outside every region, or it straddles two regions.
   */
  window(gpa: number, length: number): MemoryWindow | null

  /** Copies guest bytes into `into`; false, with nothing copied, when any byte lies outside. */
  read(gpa: number, into: Uint8Array): boolean

  /** Copies `from` into guest memory; false, with nothing written, when any byte lies outside. */
  write(gpa: number, from: Uint8Array): boolean

  /**
   * The bytes themselves when the implementation can lend them (an arena, mapped memory), else `null` also for a valid range (a file): the
   * caller then uses `read` and `write`. Borrowed: valid until the memory table changes.
   */
  view(gpa: number, length: number): Uint8Array | null
}

/**
 * Words of one resolved window, by byte offset inside it. Offsets are the caller's own arithmetic, so one outside is a bug and asserts.
 * Acquire and release are what the virtio specification's barriers stand for: plain in a single-threaded model, real on foreign memory.
 */
export interface MemoryWindow {
  readonly length: number
  load16(offset: number): number
  load32(offset: number): number
  store16(offset: number, value: number): void
  store32(offset: number, value: number): void
  /** No later access of this side moves before this load. Ring index reads. */
  loadAcquire16(offset: number): number
  /** No earlier access of this side moves after this store. Ring index writes. */
  storeRelease16(offset: number, value: number): void
  /** Full barrier: between publishing an index and reading the other side's notification flag. */
  fence(): void
}
