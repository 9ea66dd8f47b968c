/**
 * What a rule of the conformance list is. The list gives each statement of the virtio and vhost-user specifications that concerns a balloon a number;
 * numbers are stable and findings name them. Section numbers are those of virtio 1.2, `vhost-user` is QEMU's document of that name.
 */

/** D the driver (in vhost-user: the front-end), V the device (the back-end). */
export type Actor = 'D' | 'V'

export type Level = 'must' | 'should' | 'may'

export type How =
  /** By the checker, in any conversation that shows what the rule speaks of. */
  | { readonly by: 'trace' }
  /** By a test that plays a wrong or unusual peer. */
  | { readonly by: 'suite'; readonly file: string }
  /** By a search over schedules, or a test of each order of stores. */
  | { readonly by: 'exploration'; readonly file: string }
  | { readonly by: 'not checked'; readonly why: string }

export interface Rule {
  readonly number: number
  /** Who can break it. */
  readonly actors: readonly Actor[]
  readonly level: Level
  readonly section: string
  readonly title: string
  readonly how: How
}

export const trace: How = { by: 'trace' }
export const suite = (file: string): How => ({ by: 'suite', file })
export const exploration = (file: string): How => ({ by: 'exploration', file })
export const unchecked = (why: string): How => ({ by: 'not checked', why })

export type Row = readonly [number: number, actors: 'D' | 'V' | 'DV', level: Level, section: string, title: string, how: How]

export const toRule = ([number, actors, level, section, title, how]: Row): Rule => ({
  number, actors: actors.split('') as Actor[], level, section, title, how,
})
