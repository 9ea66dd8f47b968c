/** A recording of a few hundred lines, written by hand so to speak: enough for every interface to return memory within a second of virtual time. */

const ROUNDS = 12
const LARGE_PER_ROUND = 4
const SMALL_PER_ROUND = 16
const HUGE_PAGES = 512

/**
 * Text of a trace on two CPUs: each round allocates some 2 MiB blocks and single pages on one CPU and frees them, the single pages on the other CPU. Two pages
 * are freed that nobody allocated.
 */
export function tinyTraceText(): string {
  const lines = ['# tracer: nop', '#']
  let us = 0
  const event = (cpu: number, text: string): void => {
    us += 250
    const seconds = `${1 + Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
    lines.push(`            task-${100 + cpu}     [00${cpu}] ..... ${seconds}: ${text}`)
  }
  const alloc = (cpu: number, pfn: number, order: number): void => {
    event(cpu, `mm_page_alloc: page=0 pfn=0x${pfn.toString(16)} order=${order} migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE`)
  }
  const free = (cpu: number, pfn: number, order: number): void => event(cpu, `mm_page_free: page=0 pfn=0x${pfn.toString(16)} order=${order}`)
  free(0, 0x90000, 0)
  free(1, 0x90001, 0)
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = round % 2
    for (let i = 0; i < LARGE_PER_ROUND; i++) alloc(cpu, 0x1000 + i * HUGE_PAGES, 9)
    for (let i = 0; i < SMALL_PER_ROUND; i++) alloc(cpu, 0x100 + i, 0)
    for (let i = 0; i < LARGE_PER_ROUND; i++) free(cpu, 0x1000 + i * HUGE_PAGES, 9)
    for (let i = 0; i < SMALL_PER_ROUND; i++) free(1 - cpu, 0x100 + i, 0)
  }
  return `${lines.join('\n')}\n`
}
