/**
 * Branded numbers. A brand costs nothing at run time and keeps a guest frame number from being used as a host frame number. Arithmetic
 * drops the brand, so a result is made again through one of the functions below.
 *
 *   Pfn  guest page frame number as the guest's allocator sees it     prints as p0x1a2
 *   Gfn  the same frame as the host's memslots see it                 prints as g0x1a2
 *   Hfn  host page frame number                                       prints as h0x1a2
 *   Vpn  virtual page number in one host mm                           prints as v0x1a2
 */
import { assert } from './assert.ts'

declare const brand: unique symbol
type Branded<Name extends string> = number & { readonly [brand]: Name }

export type Pfn = Branded<'Pfn'>
export type Gfn = Branded<'Gfn'>
export type Hfn = Branded<'Hfn'>
export type Vpn = Branded<'Vpn'>
/** A block of `2 ** order` pages, aligned to its size. 0 to MAX_ORDER. */
export type Order = Branded<'Order'>
/** An integer below 2^53, asserted where time advances. */
export type Nanoseconds = Branded<'Nanoseconds'>
/** Index of an in-flight request of a port. */
export type Slot = Branded<'Slot'>

export const PAGE_SIZE = 4096
/** Largest buddy order (4 MiB blocks): include/linux/mmzone.h MAX_ORDER in its inclusive meaning. */
export const MAX_ORDER = 10
/** Order of a pageblock and of a transparent huge page on x86-64 (2 MiB). */
export const PAGEBLOCK_ORDER = 9
export const PAGEBLOCK_PAGES = 512

export const pfn = (n: number): Pfn => n as Pfn
export const gfn = (n: number): Gfn => n as Gfn
export const hfn = (n: number): Hfn => n as Hfn
export const vpn = (n: number): Vpn => n as Vpn
export const ns = (n: number): Nanoseconds => n as Nanoseconds
export const slot = (n: number): Slot => n as Slot

/** Makes an order out of a number; asserts 0 <= n <= 18 (1 GiB, the largest block any part of the model knows). */
export function order(n: number): Order {
  assert(n >= 0 && n <= 18 && (n | 0) === n, 'order must be an integer from 0 to 18')
  return n as Order
}

/** The guest's pfn and the host's gfn name the same frame; this is the one place where one becomes the other. */
export const gfnOf = (p: Pfn): Gfn => p as number as Gfn

/** Pages in a block of the given order. */
export const framesIn = (o: number): number => 1 << o

export const MIB = 1024 * 1024
export const GIB = 1024 * 1024 * 1024

export const pagesIn = (bytes: number): number => Math.floor(bytes / PAGE_SIZE)

export const US = 1000
export const MS = 1_000_000
export const SECOND = 1_000_000_000
