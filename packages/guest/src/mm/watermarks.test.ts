import { Columns } from '@hintlab/kit'
import { describe, expect, it } from 'vitest'
import { x86Layout } from './layout.ts'
import { defaultMinFreeKbytes, setupLowmemReserve, setupWatermarks, thpMinFreeKbytes } from './watermarks.ts'
import { Zone, ZoneField } from './zones.ts'

/** Zones of a real 1 GiB guest (Linux 6.1, 2 CPUs) when its watermarks were computed. */
function realZones(): Zone[] {
  const cols = new Columns()
  const layout = x86Layout(2 ** 30)
  const zones = layout.zones.map((_, i) => new Zone(cols, layout, i))
  zones[0].fields[ZoneField.MANAGED] = 3840
  zones[1].fields[ZoneField.MANAGED] = 242_900
  return zones
}

describe('watermarks', () => {
  it('are those of a real guest with min_free_kbytes = 45056', () => {
    const zones = realZones()
    setupWatermarks(zones, 45056)
    setupLowmemReserve(zones)
    const marks = zones.map(({ fields }) => [fields[ZoneField.MIN], fields[ZoneField.LOW], fields[ZoneField.HIGH]])
    expect(marks).toEqual([[175, 218, 261], [11088, 13860, 16632]])
    expect([...zones[0].fields.subarray(ZoneField.RESERVE)]).toEqual([0, 948, 948])
    expect([...zones[1].fields.subarray(ZoneField.RESERVE)]).toEqual([0, 0, 0])
  })

  it('have the default min_free_kbytes of the kernel, and the one khugepaged wants', () => {
    expect(defaultMinFreeKbytes(0)).toBe(128)
    expect(defaultMinFreeKbytes(262144)).toBe(4096)
    expect(defaultMinFreeKbytes(2 ** 28)).toBe(131072)
    expect(defaultMinFreeKbytes(2 ** 31)).toBe(262144)
    expect(thpMinFreeKbytes(246_740, 2, 512)).toBe(45056)
    expect(thpMinFreeKbytes(32768, 1, 512)).toBe(6552)
  })

  it('keep at least a thousandth of a large zone between min, low and high', () => {
    const zones = realZones()
    setupWatermarks(zones, 128)
    expect(zones[1].fields[ZoneField.LOW] - zones[1].fields[ZoneField.MIN]).toBe(242)
  })
})
