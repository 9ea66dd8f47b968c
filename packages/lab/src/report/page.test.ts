/**
 * The page in a real browser: no errors, nothing loaded, the slider moves the picture, at both widths and in both colour schemes. Skipped where there is no
 * Chromium, unless HINTLAB_BROWSER=required.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Browser, BROWSER_MISSING, findBrowser } from './testing/browser.ts'
import { swappingRun, tinyReport } from './testing/tiny-report.ts'
import type { ReportInput } from './report.ts'
import { writeReport } from './write-report.ts'

const program = findBrowser()
const required = process.env['HINTLAB_BROWSER'] === 'required'
if (program === null) process.stderr.write(`page.test.ts: ${required ? '' : 'skipped, '}${BROWSER_MISSING}\n`)

const DESKTOP = { width: 1280, height: 900 }
const PHONE = { width: 390, height: 844, mobile: true }

/** Pixels of the first page map, as text. */
const PICTURE = `(() => {
  const canvas = document.querySelector('.map canvas')
  return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.join()
})()`
const SETTLED = 'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))'

describe.skipIf(program === null && !required)('the page in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hintlab-page-'))
  const url = pathToFileURL(join(folder, 'index.html')).href
  let browser: Browser
  let input: ReportInput

  beforeAll(async () => {
    if (program === null) throw new Error(BROWSER_MISSING)
    input = await tinyReport()
    writeReport(folder, input)
    browser = new Browser(program)
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  const clean = (): void => {
    expect(browser.errors).toEqual([])
    expect(browser.requests).toEqual([url])
  }

  test.each([['light', DESKTOP], ['dark', { ...DESKTOP, dark: true }], ['on a phone', PHONE]])('renders %s: no errors, no requests, no sideways scrolling', async (_, size) => {
    await browser.open(url, size)
    await browser.evaluate(SETTLED)
    clean()
    expect(await browser.evaluate('document.documentElement.scrollWidth')).toBe(size.width)
    expect(await browser.evaluate('document.querySelectorAll("#memory-charts canvas").length')).toBe(3)
    expect(await browser.evaluate('document.querySelectorAll(".histogram svg").length')).toBeGreaterThan(0)
    expect(await browser.evaluate('document.images.length')).toBe(0)
  })

  test('charts draw lines, in colours that differ', async () => {
    await browser.open(url, DESKTOP)
    await browser.evaluate(SETTLED)
    const colours = await browser.evaluate<number>(`(() => {
      const canvas = document.querySelector('#memory-charts canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      const counts = new Map()
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) {
        const key = data.slice(i, i + 3).join()
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return [...counts.values()].filter((n) => n > 100).length
    })()`)
    expect(colours).toBeGreaterThanOrEqual(4)
  })

  test('the slider moves the picture and the clock; play goes on from there', async () => {
    await browser.open(url, DESKTOP)
    const slide = (to: string): Promise<unknown> => browser.evaluate(`(() => {
      const slider = document.getElementById('map-time')
      slider.value = ${to}
      slider.dispatchEvent(new Event('input'))
      return document.querySelector('.map-controls output').textContent
    })()`)
    await browser.evaluate('document.querySelectorAll(".map select")[0].selectedIndex = 3; document.querySelectorAll(".map select")[0].dispatchEvent(new Event("change"))')
    expect(await slide('0')).toBe('0.00 s, workload')
    const first = await browser.evaluate<string>(PICTURE)
    expect(await slide('slider.max')).toMatch(/^\d+\.\d\d s, idle$/)
    const last = await browser.evaluate<string>(PICTURE)
    expect(last).not.toBe(first)
    expect(last).not.toMatch(/^[0,]*$/)
    await slide('0')
    expect(await browser.evaluate<string>(PICTURE)).toBe(first)
    await browser.evaluate('document.querySelector(".map-controls button").click()')
    await browser.evaluate('new Promise((resolve) => { const look = () => (document.getElementById("map-time").value > 2 ? resolve(true) : requestAnimationFrame(look)); look() })')
    clean()
  })

  test('cells say what is in them, and their shares add up', async () => {
    await browser.open(url, DESKTOP)
    const text = await browser.evaluate<string>(`(() => {
      const canvas = document.querySelector('.map canvas')
      const box = canvas.getBoundingClientRect()
      canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: box.left + box.width / 2, clientY: box.top + 2 }))
      return document.querySelector('.map .cell').textContent
    })()`)
    expect(text).toMatch(/^0x[0-9a-f]+, \d+ KiB: .*\d %; huge on the host \d+ %$/)
    const total = await browser.evaluate<string>('[...document.querySelectorAll(".map")][0].querySelector("table").innerText')
    expect(total).toMatch(/free, held by the host\s+\d/)
  })

  test('a host that swaps: the page map has its colour, its legend says how much, and there is a chart', async () => {
    const { result, timeline } = swappingRun()
    writeReport(join(folder, 'swap'), { ...input, rows: [{ name: 'swap', policy: null, axes: null, runs: [result], timeline }] })
    await browser.open(pathToFileURL(join(folder, 'swap', 'index.html')).href, DESKTOP)
    const seen = await browser.evaluate<{ legend: string; colours: string[] }>(`(() => {
      const slider = document.getElementById('map-time')
      slider.value = slider.max
      slider.dispatchEvent(new Event('input'))
      const canvas = document.querySelector('.map canvas')
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
      const colours = new Set()
      for (let i = 0; i < data.length; i += 4) colours.add('#' + [...data.slice(i, i + 3)].map((n) => n.toString(16).padStart(2, '0')).join(''))
      return { legend: document.querySelector('.map table').innerText, colours: [...colours] }
    })()`)
    expect(seen.legend).toMatch(/free, in the host's swap\s+\d+(\.\d+)? MiB/)
    expect(seen.colours).toContain(await browser.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--m-freeSwapped').trim()"))
    expect(await browser.evaluate("document.getElementById('memory-charts').innerText")).toContain("Memory in the host's swap")
    expect(browser.errors).toEqual([])
  })

  test('two hundred configurations: boxes that scroll, no page that does not end, nothing sideways', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => {
      return { ...input.rows[i % 4], name: `guest.vcpus=1 async-buffer.entries=${i} host.thp=always`, timeline: i < 12 ? input.rows[i % 4].timeline : null }
    })
    writeReport(join(folder, 'many'), { ...input, rows })
    for (const size of [DESKTOP, PHONE]) {
      await browser.open(pathToFileURL(join(folder, 'many', 'index.html')).href, size)
      await browser.evaluate(SETTLED)
      expect(await browser.evaluate('document.documentElement.scrollWidth')).toBe(size.width)
      expect(await browser.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThan(15_000)
      expect(browser.errors).toEqual([])
    }
  })

  test('buttons: a line can be hidden, the tabs of the stalls change, the zoom changes', async () => {
    await browser.open(url, DESKTOP)
    await browser.evaluate('document.querySelector("#lines button").click()')
    expect(await browser.evaluate('document.querySelector("#lines button").getAttribute("aria-pressed")')).toBe('false')
    await browser.evaluate('document.querySelector("button[data-tab=free]").click()')
    expect(await browser.evaluate('[...document.querySelectorAll(".tab")].filter((tab) => !tab.hidden).map((tab) => tab.dataset.tab).join()')).toBe('free')
    await browser.evaluate('document.querySelector("button[data-zoom=all]").click()')
    expect(await browser.evaluate('document.querySelector("#zoom [aria-pressed=true]").dataset.zoom')).toBe('all')
    clean()
  })
})
