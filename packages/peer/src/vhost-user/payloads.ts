/** The payloads of the requests as plain numbers. A number that is no index, size or address of ours makes the whole payload void. */
import type { FeatureSet } from '@hintlab/protocol'
import type { ForeignRegion } from '../foreign-memory.ts'
import { fdKind } from '../native/file-descriptor.ts'
import {
  CONFIG_BYTES_MAX, CONFIG_HEADER_BYTES, MEM_REGION_BYTES, MEM_REGIONS_MAX, MEM_TABLE_HEADER_BYTES, VRING_INDEX_MASK, VRING_NO_FD,
} from './requests.ts'

/** What became of a message. */
export const Outcome = { DONE: 0, REFUSED: 1, MALFORMED: 2 } as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** A 64-bit word; not exact from 2^53 on, which every user of it refuses as no safe integer. */
export function readU64(bytes: Buffer, at = 0): number {
  return bytes.readUInt32LE(at + 4) * 0x1_0000_0000 + bytes.readUInt32LE(at)
}

export function readFeatures(payload: Buffer): FeatureSet {
  return { low: payload.readUInt32LE(0), high: payload.readUInt32LE(4) }
}

export function readVringState(payload: Buffer): { queue: number; value: number } {
  return { queue: payload.readUInt32LE(0), value: payload.readUInt32LE(4) }
}

export function readVringFd(payload: Buffer): { queue: number; expectsFd: boolean; valid: boolean } {
  const word = payload.readUInt32LE(0)
  const valid = (word & ~(VRING_INDEX_MASK | VRING_NO_FD)) === 0 && payload.readUInt32LE(4) === 0
  return { queue: word & VRING_INDEX_MASK, expectsFd: (word & VRING_NO_FD) === 0, valid }
}

/** Index, flags (of the dirty log, which is not offered), then the addresses of descriptors, used ring, available ring and log. */
export function readVringAddress(payload: Buffer): { queue: number; descUser: number; usedUser: number; availUser: number } | null {
  const descUser = readU64(payload, 8)
  const usedUser = readU64(payload, 16)
  const availUser = readU64(payload, 24)
  if (![descUser, usedUser, availUser].every(Number.isSafeInteger)) return null
  return { queue: payload.readUInt32LE(0), descUser, usedUser, availUser }
}

/** The regions with the descriptors that came along, one each; null when they do not fit. UML sends room for more regions than it fills. */
export function readMemTable(payload: Buffer, fds: readonly number[]): ForeignRegion[] | null {
  const count = payload.readUInt32LE(0)
  if (count === 0 || count > MEM_REGIONS_MAX || count !== fds.length) return null
  if (payload.length < MEM_TABLE_HEADER_BYTES + count * MEM_REGION_BYTES) return null
  return fds.map((fd, i) => {
    const at = MEM_TABLE_HEADER_BYTES + i * MEM_REGION_BYTES
    return {
      gpa: readU64(payload, at), length: readU64(payload, at + 8), userAddress: readU64(payload, at + 16), fileOffset: readU64(payload, at + 24), fd,
    }
  })
}

/** The range of GET_CONFIG or SET_CONFIG, or null when it is not one: the payload has as many bytes as it says, inside what a device may have. */
export function configRange(payload: Buffer): { offset: number; size: number } | null {
  const offset = payload.readUInt32LE(0)
  const size = payload.readUInt32LE(4)
  if (size === 0 || size !== payload.length - CONFIG_HEADER_BYTES || offset + size > CONFIG_BYTES_MAX) return null
  return { offset, size }
}

export const isSocket = (fd: number): boolean => fdKind(fd) === 'socket'
