/** One thing wrong with a chain before it is published: a word of a piece, the head, the index, the table's place. */
import type { CaseReader } from './case-reader.ts'
import { ARENA_B } from './device-world.ts'
import { F_INDIRECT, F_NEXT, F_WRITE } from './raw-ring.ts'
import type { RawRing } from './raw-ring.ts'

const GIB_4 = 0xffff_ffff

/** Spoils the chain in hand in the way that `how` names; returns where its table shall lie. */
export function mutateChain(reader: CaseReader, ring: RawRing, how: number, table: number): number {
  const at = reader.below(Math.max(1, ring.count))
  switch (how % 20) {
    case 0: ring.len[at] = 0; break
    case 1: ring.gpa[at] = 2 ** 52 - reader.u8(); break
    case 2: ring.flags[at] ^= F_WRITE; break
    case 3: ring.flags[at] |= F_INDIRECT; break
    case 4: ring.flags[at] = reader.u16(); break
    case 5: ring.len[at] = reader.word(); break
    case 6: ring.gpa[at] = reader.word() + 2 ** 32 * (reader.u16() >> 4); break
    case 7: ring.next[at] = reader.u8() < 128 ? reader.below(ring.size) : reader.u16(); break
    case 8: ring.head = reader.word() & 0xffff; break
    case 9: ring.head = reader.below(ring.size); break
    case 10: ring.jump = reader.below(5) - 2; break
    case 11: ring.jump = ring.packed ? reader.below(2 * ring.size) : reader.word() & 0xffff; break
    case 12: ring.torn = at; break
    case 13: ring.flags[ring.count - 1] |= F_NEXT; break
    case 14: return ARENA_B - 16 * reader.below(4)
    case 15: ring.len.fill(GIB_4, 0, ring.count); ring.flags.fill(F_WRITE | F_NEXT, 0, ring.count - 1); break
    case 16: ring.gpa[at] = table; ring.len[at] = 16 * reader.below(20); ring.flags[at] = F_INDIRECT; break
    case 17: ring.len[at] += reader.u8() - 128; break
    case 18: ring.gpa[at] = ring.gpa[0]; ring.next[at] = at; break
    default: ring.flags[at] = F_INDIRECT | F_NEXT
  }
  return table
}
