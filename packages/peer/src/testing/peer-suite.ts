/**
 * Suites that need a real peer which a user's machine may lack. There they are skipped, with one printed line that says what is missing and how to
 * install it; where HINTLAB_PEERS=required (the project's own runs), a missing peer fails its suite instead.
 */
import { describe, expect, it } from 'vitest'

/** `describe` for tests against a real peer. `missing` is null when it is there, or one sentence with the reason and the command that installs it. */
export function peerSuite(name: string, missing: string | null, tests: () => void): void {
  if (missing === null) {
    describe(name, tests)
    return
  }
  if (process.env['HINTLAB_PEERS'] === 'required') {
    describe(name, () => {
      it('has its peer', () => {
        expect.fail(missing)
      })
    })
    return
  }
  console.log(`skipped: ${name}: ${missing}`)
  describe.skip(name, tests)
}
