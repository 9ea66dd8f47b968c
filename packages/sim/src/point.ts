/**
 * Yield points. A task is written as the kernel code reads, as a generator that yields where another task may run. What it yields is a
 * *point*: one number that says how the task gives up control (its kind) and where in the code it stands (its label, stable over runs).
 *
 *   point = label << 4 | kind
 *
 * The same points serve three drivers: measure (virtual time decides who runs next), explore (the explorer decides) and live (a real peer
 * decides). What a task waits for is not in the point: it registers with the lock or queue before it yields, as prepare_to_wait does.
 */
import { assert, hashString } from '@hintlab/kit'

export const Kind = {
  /** Let the charged time pass on this CPU, then go on. Not interruptible in between: a short kernel step. */
  RUN: 0,
  /** As RUN, but interrupts and preemption cut it: user-mode work. */
  COMPUTE: 1,
  /** Leave the CPU until `task.wakeAt`. */
  SLEEP: 2,
  /** Leave the CPU until woken. */
  WAIT: 3,
  /** Keep the CPU busy until granted (a spinlock, a polled word); charged to `task.spinCause`. */
  SPIN: 4,
  /** vCPU exit: the host's task `task.trapTo` runs on this CPU until it returns. */
  TRAP: 5,
  /** An interrupt handler or exit task is done: whoever it displaced goes on. */
  RETURN: 6,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

export type Point = number

const KIND_BITS = 4
export const KIND_MASK = (1 << KIND_BITS) - 1
/** A label's number is a hash of its text, so that it does not depend on the order in which modules are loaded: event streams are compared by hash. */
const LABEL_MASK = 2 ** 26 - 1
const labels = new Map<number, string>()

/** Registers a yield point; called once per place in the code, at module load. `label` reads `task: what comes next`. */
export function point(kind: Kind, label: string): Point {
  const id = hashString(label) & LABEL_MASK
  assert((labels.get(id) ?? label) === label, () => `the labels of two yield points have the same hash: ${label}, ${labels.get(id)}`)
  labels.set(id, label)
  return (id << KIND_BITS) | kind
}

export const labelOf = (p: Point): string => labels.get(p >> KIND_BITS) ?? `unlabelled ${p}`
