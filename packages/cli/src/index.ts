export type { CompareOutput } from './compare-command.ts'
export type { CostsOutput } from './costs-command.ts'
export { runCli } from './program.ts'
