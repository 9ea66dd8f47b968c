/**
 * The three kinds of trouble have three mechanisms (DECISIONS.md D6). This is the first: a bug in our own code. A misbehaving peer is
 * counted and rejected, an expected shortage is a value; neither ever throws.
 */

/** Thrown by `assert`: hintlab itself is wrong, whatever the input was. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/**
 * Fails when `condition` is false. Always on. The message is a static string or a thunk: a template literal would be built on every call,
 * also when the assertion holds.
 */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) fail(message)
}

/** The failing branch, apart, so that `assert` stays small enough to be inlined. */
function fail(message: string | (() => string)): never {
  throw new AssertionError(typeof message === 'string' ? message : message())
}

/** Marks a branch that cannot be reached: the compiler checks that every case was handled. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`)
}
