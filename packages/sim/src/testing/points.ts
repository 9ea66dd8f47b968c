/** One yield point of each kind, for tests whose tasks stand nowhere in particular. */
import { Kind, point } from '../point.ts'

export const AT = {
  RUN: point(Kind.RUN, 'test: run'),
  COMPUTE: point(Kind.COMPUTE, 'test: compute'),
  SLEEP: point(Kind.SLEEP, 'test: sleep'),
  WAIT: point(Kind.WAIT, 'test: wait'),
  LOCK: point(Kind.SPIN, 'test: lock'),
  TRAP: point(Kind.TRAP, 'test: trap'),
  RETURN: point(Kind.RETURN, 'test: return'),
} as const
