/** A conversation in which one side breaks a rule. */
import type { Actor } from '../rules/rule.ts'
import type { ConversationBuilder } from './conversation.ts'

export interface Example {
  /** Who breaks it. */
  readonly actor: Actor
  readonly build: () => ConversationBuilder
  /** Other rules that cannot but be broken with it. */
  readonly also?: readonly number[]
}

/** Examples by rule. */
export type Examples = Readonly<Record<number, readonly Example[]>>

export const byDriver = (build: () => ConversationBuilder, ...also: readonly number[]): Example => ({ actor: 'D', build, also })
export const byDevice = (build: () => ConversationBuilder, ...also: readonly number[]): Example => ({ actor: 'V', build, also })
