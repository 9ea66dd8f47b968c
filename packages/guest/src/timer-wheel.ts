/**
 * When a kernel timer really fires. Linux counts time in ticks (jiffies) and sorts timers into a wheel whose buckets widen with the distance, and it never
 * fires one early, so a timer is late by up to a bucket (kernel/time/timer.c calc_wheel_index):
 *
 *   level      0        1         2          3    ...
 *   distance   0..62    63..503   504..4031  ...        ticks
 *   bucket     1        8         64         512        ticks
 *
 * The 2 s of page reporting are 500 ticks at 250 Hz: buckets of 32 ms; at 1000 Hz of 64 ms.
 */
import { assert } from '@hintlab/kit'

const LEVEL_SHIFT = 3
const LEVEL_SIZE = 64
const LEVELS = 9

export interface Tick {
  /** Length of a tick, ns: 4 ms at 250 Hz. */
  readonly ns: number
  /** Time of some tick whose number is a multiple of every bucket, ns. It depends on the boot. */
  readonly phaseNs: number
}

/** Virtual time at which a timer that is set at `now` for `delayNs` from then fires, ns. */
export function timerExpiry(now: number, delayNs: number, { ns, phaseNs }: Tick): number {
  const clock = Math.floor((now - phaseNs) / ns)
  const delta = Math.ceil(delayNs / ns)
  const bucket = 8 ** levelOf(delta)
  return phaseNs + (Math.floor((clock + delta) / bucket) + 1) * bucket * ns
}

/** LVL_START: the first distance that a level is for. */
function levelOf(delta: number): number {
  let level = 0
  while (level + 1 < LEVELS && delta >= (LEVEL_SIZE - 1) * 2 ** (LEVEL_SHIFT * level)) level++
  assert(delta < (LEVEL_SIZE - 1) * 2 ** (LEVEL_SHIFT * (LEVELS - 1)), 'a delay is within the wheel')
  return level
}
