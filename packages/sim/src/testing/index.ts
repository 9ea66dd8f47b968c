export { makeMeasure } from './fixtures.ts'
export { AT } from './points.ts'
export { addRandomMachine } from './random-machine.ts'
export type { RandomMachine, RandomMachineOptions } from './random-machine.ts'
