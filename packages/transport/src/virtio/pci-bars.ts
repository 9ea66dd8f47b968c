/**
 * Sizes and places the memory BARs of a function, as firmware does: write ones, see which stick, write an address. Where no firmware runs, as behind
 * qtest, nobody else has.
 */
import { alignUp } from '@hintlab/kit'
import { BAR_64, BAR_FLAGS, BAR_IO, BAR_TYPE, COMMAND_BUS_MASTER, COMMAND_IO, COMMAND_MEMORY, Pci, PCI_BARS } from './pci-layout.ts'
import type { AddressWindow, PciAccess } from './pci-layout.ts'

/** A memory BAR that lies somewhere. `size` 0: none of this number, or one of the I/O space, or one for which there was no room. */
export interface Bar {
  readonly base: number
  readonly size: number
}

const NO_BAR: Bar = { base: 0, size: 0 }
const ALL_ONES = 0xffff_ffff
const TWO_32 = 0x1_0000_0000

/** Places every memory BAR in `window` from its start on, then lets the function decode addresses and reach memory. One entry for each number. */
export function placeBars(access: PciAccess, window: AddressWindow): Bar[] {
  const command = access.configRead(Pci.COMMAND, 2)
  // A function must not decode addresses while its BARs hold ones.
  access.configWrite(Pci.COMMAND, 2, command & ~(COMMAND_IO | COMMAND_MEMORY))
  const bars: Bar[] = []
  let next = window.base
  while (bars.length < PCI_BARS) {
    const offset = Pci.BAR0 + 4 * bars.length
    const original = access.configRead(offset, 4)
    const wide = (original & BAR_IO) === 0 && (original & BAR_TYPE) === BAR_64 && bars.length + 1 < PCI_BARS
    const size = barSize(access, offset, original, wide)
    const base = size === 0 ? 0 : alignUp(next, size)
    const limit = Math.min(window.base + window.size, wide ? Infinity : TWO_32)
    const fits = size > 0 && base + size <= limit
    bars.push(fits ? { base, size } : NO_BAR)
    if (wide) bars.push(NO_BAR)
    if (!fits) continue
    next = base + size
    access.configWrite(offset, 4, base % TWO_32)
    if (wide) access.configWrite(offset + 4, 4, Math.floor(base / TWO_32))
  }
  access.configWrite(Pci.COMMAND, 2, (command | COMMAND_MEMORY | COMMAND_BUS_MASTER) & ~COMMAND_IO)
  return bars
}

/** Bytes of a memory BAR, a power of two; 0 for none and for I/O. Leaves it as it was. */
function barSize(access: PciAccess, offset: number, original: number, wide: boolean): number {
  access.configWrite(offset, 4, ALL_ONES)
  const low = access.configRead(offset, 4)
  access.configWrite(offset, 4, original)
  if ((original & BAR_IO) !== 0 || low === 0) return 0
  let high = ALL_ONES
  if (wide) {
    const originalHigh = access.configRead(offset + 4, 4)
    access.configWrite(offset + 4, 4, ALL_ONES)
    high = access.configRead(offset + 4, 4)
    access.configWrite(offset + 4, 4, originalHigh)
  }
  const size = lowestBit((low & ~BAR_FLAGS) >>> 0)
  return size > 0 ? size : TWO_32 * lowestBit(wide ? high : 0)
}

/** The value of the lowest bit that is set: what a mask of ones above it says about a size. */
const lowestBit = (mask: number): number => (mask & -mask) >>> 0
