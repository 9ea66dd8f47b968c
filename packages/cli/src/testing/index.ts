/** For tests of others: the command line as a process. */
export { runHintlab } from './run-hintlab.ts'
export type { Finished, RunAt } from './run-hintlab.ts'
