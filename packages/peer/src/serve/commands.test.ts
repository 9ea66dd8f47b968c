import { expect, it } from 'vitest'
import { parseCommand } from './commands.ts'

it('takes one command a line, sizes in pages', () => {
  expect(['balloon 100M', ' balloon   6K ', 'balloon 0', 'stats', 'hint', 'status', 'pages', 'quit'].map(parseCommand)).toEqual([
    { name: 'balloon', pages: 25_600 }, { name: 'balloon', pages: 1 }, { name: 'balloon', pages: 0 },
    { name: 'stats' }, { name: 'hint' }, { name: 'status' }, { name: 'pages' }, { name: 'quit' },
  ])
})

it('says what it has found, and what it accepts', () => {
  expect(['', 'balloon', 'balloon 1M 2M', 'stats now', 'Stats', 'constructor'].map(parseCommand)).toEqual(
    ['', 'balloon', 'balloon 1M 2M', 'stats now', 'Stats', 'constructor'].map(
      (found) => `found ${JSON.stringify(found)}; accepted: balloon SIZE | stats | hint | status | pages | quit`,
    ),
  )
  expect(parseCommand('balloon -5')).toBe('balloon: found "-5"; accepted is a size such as 100M')
})
