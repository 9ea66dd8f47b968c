/** Colours that mean something can be told apart, also by people who see fewer of them: measured in OKLab, colour blindness after Machado and others (2009). */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PLANE_NAMES } from '../timeline/page-pictures.ts'
import { looksOf } from './palette.ts'

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

const EYES: Readonly<Record<string, Matrix>> = {
  usual: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
const LMS: Matrix = [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]]
const LAB: Matrix = [[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]]

const times = (m: Matrix, v: Triple): Triple => m.map((row) => row[0] * v[0] + row[1] * v[1] + row[2] * v[2]) as unknown as Triple
const each = (v: Triple, f: (x: number) => number): Triple => v.map(f) as unknown as Triple

/** Where a colour lies for these eyes. */
function seen(hex: string, eye: Matrix): Triple {
  const light = each([1, 3, 5], (i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return times(LAB, each(times(LMS, each(times(eye, light), (x) => Math.min(1, Math.max(0, x)))), (x) => x ** (1 / 3)))
}

const css = readFileSync(new URL('./page/page.css', import.meta.url), 'utf8')
const THEMES = { light: css.slice(0, css.indexOf('@media (prefers-color-scheme: dark)')), dark: css.slice(css.indexOf('@media (prefers-color-scheme: dark)')) }
const VIEWS = { states: PLANE_NAMES.slice(0, -1), 'huge pages': ['huge', 'small', 'swapped', 'none'] }

/** A step from one grey to the next of about eight between black and white. */
const APART = 0.125

test.each(Object.keys(THEMES) as (keyof typeof THEMES)[])('page map, %s: any two states are apart for all eyes', (theme) => {
  const colour = (name: string): string => new RegExp(`--m-${name}: (#[0-9a-f]{6});`).exec(THEMES[theme])?.[1] ?? expect.fail(`${name} has a colour`)
  for (const names of Object.values(VIEWS)) {
    for (const [eye, matrix] of Object.entries(EYES)) {
      const places = names.map((name) => ({ name, at: seen(colour(name), matrix) }))
      for (const [i, a] of places.entries()) {
        for (const b of places.slice(0, i)) {
          const apart = Math.sqrt(a.at.reduce((sum, x, k) => sum + (x - b.at[k]) ** 2, 0))
          expect(apart, `${eye}: ${a.name} and ${b.name}`).toBeGreaterThan(APART)
        }
      }
    }
  }
})

test('no two of 32 rows look the same', () => {
  const looks = looksOf(Array.from({ length: 32 }, () => ({ policy: 'async-buffer' as const })))
  expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(32)
})
