import { Columns } from '@hintlab/kit'
import { ConfigField, Feature, featureSet } from '@hintlab/protocol'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BalloonConfig } from './config.ts'
import type { ConfigTraits } from './config.ts'

const { FREE_PAGE_HINT, PAGE_POISON } = Feature
const make = (bits: number[] = [FREE_PAGE_HINT, PAGE_POISON], traits?: ConfigTraits): BalloonConfig =>
  new BalloonConfig(new Columns(), 'test', featureSet(...bits), traits)

const bytesOf = (config: BalloonConfig, offset = 0, length = 16): string => {
  const into = new Uint8Array(length).fill(0xee)
  config.read(offset, into)
  return Buffer.from(into).toString('hex')
}

describe('the configuration space', () => {
  test('ends behind the last field that exists, and reads as zeroes from there on', () => {
    expect([make([]).length, make([FREE_PAGE_HINT]).length, make([PAGE_POISON]).length]).toEqual([8, 12, 16])
    const config = make([])
    config.set(ConfigField.NUM_PAGES, 0x01020304)
    config.set(ConfigField.COMMAND_ID, 0xffffffff)
    expect(bytesOf(config)).toBe('04030201000000000000000000000000')
    expect(bytesOf(config, 3, 2)).toBe('0100')
    expect(bytesOf(config, 4000, 2)).toBe('0000')
  })

  test('takes actual and, before DRIVER_OK, poison_val from the driver; the rest is refused and counted', () => {
    const config = make()
    config.write(0, new Uint8Array(16).fill(0x11))
    expect(bytesOf(config)).toBe('00000000111111110000000011111111')
    expect(config.counter('refusedBytes')).toBe(8)
    config.inService = true
    config.write(4, new Uint8Array(12).fill(0x22))
    expect(bytesOf(config)).toBe('00000000222222220000000011111111')
    expect(config.counter('refusedBytes')).toBe(16)
  })

  test('of a permissive device takes more', () => {
    const late = make([PAGE_POISON], { writable: 'spec', poisonAnyTime: true })
    late.inService = true
    late.write(12, new Uint8Array([1, 2, 3, 4]))
    expect(late.get(ConfigField.POISON)).toBe(0x04030201)
    const all = make([], { writable: 'all', poisonAnyTime: false })
    all.write(0, new Uint8Array([9, 0, 0, 0]))
    expect(all.get(ConfigField.NUM_PAGES)).toBe(9)
    all.write(6, new Uint8Array(8).fill(1))
    expect(all.counter('refusedBytes')).toBe(6)
  })

  test('has a new generation with each change of the device, and with none of the driver', () => {
    const config = make()
    const { generation } = config
    config.set(ConfigField.NUM_PAGES, 1)
    expect(config.generation).toBe(generation + 1)
    config.write(4, new Uint8Array(4).fill(1))
    expect(config.generation).toBe(generation + 1)
  })

  test('keeps what the device wrote whatever a driver writes where', () => {
    const access = fc.tuple(fc.integer({ min: -20, max: 40 }), fc.uint8Array({ maxLength: 20 }))
    fc.assert(fc.property(fc.array(access, { maxLength: 30 }), (accesses) => {
      const config = make()
      config.set(ConfigField.NUM_PAGES, 77)
      config.set(ConfigField.COMMAND_ID, 5)
      const { generation } = config
      for (const [offset, bytes] of accesses) config.write(offset, bytes)
      expect([config.get(ConfigField.NUM_PAGES), config.get(ConfigField.COMMAND_ID), config.generation]).toEqual([77, 5, generation])
    }), { numRuns: 100, seed: 1 })
  })
})
