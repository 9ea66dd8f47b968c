/**
 * What tests let a guest do with its memory: fill it and free it, and keep data in it that must stay as it was. All of it in files of a
 * memory file system, so that filling is allocation, and removing frees.
 */
import type { UmlGuest } from './guest.ts'

const FILL = '/fill'
const KEPT = '/kept'

async function mountAt(guest: UmlGuest, folder: string): Promise<void> {
  // Without a size limit of its own: the guest's memory is the limit.
  await guest.must(`mountpoint -q ${folder} || { mkdir -p ${folder} && mount -t tmpfs -o size=100% none ${folder}; }`)
}

/** Allocates `mib` MiB, every page of them written (with zeros, which cost the host as much memory): 1.1 ms for a MiB. */
export async function fillMemory(guest: UmlGuest, mib: number): Promise<void> {
  await mountAt(guest, FILL)
  await guest.must(`dd if=/dev/zero of=${FILL}/pages bs=1M count=${mib} 2>/dev/null`)
}

/** Frees all that `fillMemory` took. */
export async function freeMemory(guest: UmlGuest): Promise<void> {
  await guest.must(`rm -f ${FILL}/pages`)
}

/** Writes files of random bytes, which stay; returns their checksums. */
export async function keepFiles(guest: UmlGuest, { files, mibEach }: { files: number; mibEach: number }): Promise<string> {
  await mountAt(guest, KEPT)
  await guest.must(`for i in $(seq ${files}); do dd if=/dev/urandom of=${KEPT}/$i bs=1M count=${mibEach} 2>/dev/null || exit 1; done`)
  return checksums(guest)
}

/** The checksums of the kept files as they are now: the same text as from `keepFiles` when no byte has changed. */
export function checksums(guest: UmlGuest): Promise<string> {
  return guest.must(`md5sum ${KEPT}/*`)
}
