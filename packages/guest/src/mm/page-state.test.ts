import { PageOwner } from '@hintlab/protocol'
import { describe, expect, it } from 'vitest'
import { makeAllocator } from '../testing/index.ts'
import { singleZoneLayout } from './layout.ts'
import { isBodyByte, isReportedByte, orderOfByte, ownerOfByte, packHead, REPORTED } from './page-state.ts'

describe('page state', () => {
  it('keeps owner, order and Reported apart, for every value', () => {
    for (const owner of Object.values(PageOwner)) {
      for (let order = 0; order <= 10; order++) {
        const byte = packHead(owner, order)
        expect([ownerOfByte(byte), orderOfByte(byte), isReportedByte(byte), isBodyByte(byte)]).toEqual([owner, order, false, false])
        expect([ownerOfByte(byte | REPORTED), orderOfByte(byte | REPORTED), isReportedByte(byte | REPORTED)]).toEqual([owner, order, true])
      }
    }
  })

  it('finds the head of any page of a block, and leaves holes offline', () => {
    const { mm, owners } = makeAllocator(singleZoneLayout(6))
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((p) => mm.pages.headOf(p))).toEqual([0, 0, 0, 0, 4, 4, 6, 7])
    expect(mm.pages.ownerOf(7)).toBe(PageOwner.OFFLINE)
    expect(owners.count(PageOwner.FREE)).toBe(6)
  })

  it('moves a block only from the owner and the order it has', () => {
    const { mm } = makeAllocator(singleZoneLayout(4))
    expect(() => { mm.pages.move(0, 2, PageOwner.ALLOCATED, PageOwner.BALLOON) }).toThrow('owner')
    expect(() => { mm.pages.move(0, 1, PageOwner.FREE, PageOwner.BALLOON) }).toThrow('owner')
    expect(() => { mm.pages.online(0, 2) }).toThrow('offline')
  })
})
