/** Guests for servers, and what the tests of real guests do again and again. */
import { findUml, UmlGuest } from '@hintlab/peer'
import type { UmlOptions } from '@hintlab/peer'
import type { Served } from './served.ts'

export const search = findUml()

export const MIB = 2 ** 20

/** Boots a guest at the server's socket. */
export function bootAt(server: { readonly socket: string }, options: Partial<UmlOptions> = {}): Promise<UmlGuest> {
  return UmlGuest.start({ paths: search.found!, memoryMib: 192, socket: server.socket, ...options })
}

/** Polls until `look` finds something; the limit is for liveness only. */
export async function until<T>(what: string, look: () => Promise<T | null | false> | T | null | false, limitMs = 30_000): Promise<T> {
  for (const end = Date.now() + limitMs; ;) {
    const found = await look()
    if (found !== null && found !== false) return found
    if (Date.now() > end) throw new Error(`${what}: not within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Boot, load the driver, inflate, deflate, power off: what a guest does at the least. */
export async function cycle(server: Served, pages: number, options: Partial<UmlOptions> = {}): Promise<void> {
  const from = server.events.length
  await using guest = await bootAt(server, options)
  await guest.insmod()
  await server.balloon(pages)
  await server.balloon(0)
  const gone = server.next('disconnected')
  await guest.poweroff()
  const { actual } = await gone
  const moved = [server.pages('INFLATE', from), server.pages('DEFLATE', from), actual]
  if (moved.join() !== [pages, pages, 0].join()) throw new Error(`a cycle of ${pages} pages: inflated, deflated and kept ${moved.join(', ')}`)
}
