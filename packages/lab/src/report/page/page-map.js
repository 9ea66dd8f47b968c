// The page map: two pictures side by side at one moment, so that configurations can be compared.
import { bytesText, css, PAGE } from './memory-charts.js'
import { unpackFrames } from './unpack.js'

// By name of the plane, in the order of the legend.
const STATES = [
  ['inUse', 'in use'],
  ['untouched', 'in use, untouched: not held by the host'],
  ['swapped', 'in use, swapped out by the host'],
  ['freeHeld', 'free, held by the host'],
  ['returned', 'free, returned: not held by the host'],
  ['freeSwapped', 'free, in the host\'s swap'],
  ['isolated', 'isolated for a hint'],
  ['inFlight', 'in flight'],
  ['ballooned', 'ballooned'],
]
const STEP_MS = 90

export class PageMap {
  constructor(rows, root) {
    this.rows = rows
    this.frames = rows.map(() => null)
    this.root = root
    this.times = [...new Set(rows.flatMap(({ pictures }) => pictures.timesNs))].sort((a, b) => a - b)
    this.panes = []
    this.timer = null
    this.build()
    this.show(Math.max(0, this.times.findIndex((t) => t >= rows[0].workloadNs / 2)))
  }

  build() {
    const controls = element('div', 'map-controls')
    this.play = element('button', '', '▶ Play')
    this.slider = Object.assign(document.createElement('input'), { type: 'range', min: 0, max: this.times.length - 1, value: 0, id: 'map-time' })
    this.slider.setAttribute('aria-label', 'Time')
    this.clock = element('output')
    controls.append(this.play, this.slider, this.clock)
    this.view = document.createElement('select')
    this.view.setAttribute('aria-label', 'What the colours show')
    this.view.add(new Option('Colours: who holds the page', 'state'))
    this.view.add(new Option('Colours: huge pages of the host', 'huge'))
    const buttons = element('div', 'buttons')
    buttons.append(this.view)
    const second = this.rows.length - 1
    const pair = element('div', second === 0 ? 'pair single' : 'pair')
    for (const row of second === 0 ? [0] : [0, second]) pair.append(this.pane(row))
    this.root.replaceChildren(buttons, controls, pair)
    this.slider.addEventListener('input', () => this.show(Number(this.slider.value)))
    this.play.addEventListener('click', () => this.toggle())
    this.view.addEventListener('change', () => this.show(this.at))
  }

  pane(row) {
    const [canvas, table] = [element('canvas'), element('table')]
    const pane = { row, canvas, table, root: element('div', 'map'), cell: element('p', 'cell'), hover: -1 }
    const select = document.createElement('select')
    select.setAttribute('aria-label', 'Configuration')
    this.rows.forEach(({ name }, i) => select.add(new Option(name, String(i), false, i === row)))
    select.addEventListener('change', () => {
      pane.row = Number(select.value)
      this.draw(pane)
    })
    pane.canvas.addEventListener('pointermove', (event) => this.point(pane, event))
    pane.canvas.addEventListener('pointerleave', () => {
      pane.hover = -1
      this.describe(pane)
    })
    pane.root.append(select, pane.canvas, pane.cell, pane.table)
    this.panes.push(pane)
    return pane.root
  }

  toggle() {
    if (this.timer !== null) return this.stop()
    if (this.at === this.times.length - 1) this.show(0)
    this.play.textContent = '❚❚ Pause'
    this.timer = setInterval(() => (this.at === this.times.length - 1 ? this.stop() : this.show(this.at + 1)), STEP_MS)
  }

  stop() {
    clearInterval(this.timer)
    this.timer = null
    this.play.textContent = '▶ Play'
  }

  show(at) {
    this.at = at
    this.slider.value = String(at)
    const seconds = this.times[at] / 1e9
    const over = this.times[at] > Math.max(...this.rows.map(({ workloadNs }) => workloadNs))
    this.clock.textContent = `${seconds.toFixed(2)} s, ${over ? 'idle' : 'workload'}`
    for (const pane of this.panes) this.draw(pane)
  }

  // The last picture of a row that is not later than the slider.
  frame(row) {
    const { pictures } = this.rows[row]
    this.frames[row] ??= unpackFrames(pictures.packed, pictures.timesNs.length, pictures.planes.length * pictures.cells)
    const now = this.times[this.at]
    return this.frames[row][Math.max(0, pictures.timesNs.findLastIndex((t) => t <= now))]
  }

  draw(pane) {
    const { cells } = this.rows[pane.row].pictures
    const frame = this.frame(pane.row)
    const width = 2 ** Math.ceil(Math.log2(cells) / 2)
    const height = Math.ceil(cells / width)
    Object.assign(pane, { width, frame })
    Object.assign(pane.canvas, { width, height })
    const context = pane.canvas.getContext('2d')
    const image = context.createImageData(width, height)
    const layers = this.layers(pane)
    const weights = layers.map(({ name, shares }) => [rgb(`--m-${name}`), shares])
    for (let cell = 0; cell < cells; cell++) {
      let [r, g, b, sum] = [0, 0, 0, 0]
      for (const [colour, shares] of weights) {
        const share = shares[cell]
        if (share === 0) continue
        sum += share
        r += colour[0] * share
        g += colour[1] * share
        b += colour[2] * share
      }
      if (sum === 0) continue
      image.data.set([r / sum, g / sum, b / sum, 255], 4 * cell)
    }
    context.putImageData(image, 0, 0)
    this.tabulate(pane, layers)
    this.describe(pane)
  }

  // The shares of all cells in one state.
  plane({ row, frame }, name) {
    const { cells, planes } = this.rows[row].pictures
    const n = planes.indexOf(name)
    return frame.subarray(n * cells, (n + 1) * cells)
  }

  // What the chosen view divides cells into.
  layers(pane) {
    if (this.view.value === 'state') return STATES.map(([name, text]) => ({ name, text, shares: this.plane(pane, name) }))
    const huge = this.plane(pane, 'huge')
    const away = ['untouched', 'returned'].map((name) => this.plane(pane, name))
    const inSwap = ['swapped', 'freeSwapped'].map((name) => this.plane(pane, name))
    const swap = huge.map((share, i) => Math.min(255 - share, sumAt(inSwap, i)))
    const none = huge.map((share, i) => Math.min(255 - share - swap[i], sumAt(away, i)))
    const small = huge.map((share, i) => 255 - share - none[i] - swap[i])
    return [
      { name: 'huge', text: 'held in huge pages', shares: huge },
      { name: 'small', text: 'held in small pages', shares: small },
      { name: 'swapped', text: 'in the host\'s swap', shares: swap },
      { name: 'none', text: 'not held by the host', shares: none },
    ]
  }

  tabulate(pane, layers) {
    const { cellPages } = this.rows[pane.row].pictures
    pane.table.replaceChildren(...layers.map(({ name, text, shares }) => {
      const line = document.createElement('tr')
      const mark = document.createElement('i')
      mark.style.background = `var(--m-${name})`
      const head = element('th')
      head.append(mark, text)
      const sum = shares.reduce((total, share) => total + share, 0)
      line.append(head, element('td', '', bytesText((sum / 255) * cellPages * PAGE)))
      return line
    }))
  }

  point(pane, event) {
    const box = pane.canvas.getBoundingClientRect()
    const x = Math.floor(((event.clientX - box.left) / box.width) * pane.canvas.width)
    const y = Math.floor(((event.clientY - box.top) / box.height) * pane.canvas.height)
    pane.hover = y * pane.width + x
    this.describe(pane)
  }

  describe(pane) {
    const { cells, cellPages, stretches } = this.rows[pane.row].pictures
    if (pane.hover < 0 || pane.hover >= cells) {
      pane.cell.textContent = `${cells} cells of ${bytesText(cellPages * PAGE)}`
      return
    }
    const stretch = stretches.findLast(({ firstCell }) => firstCell <= pane.hover)
    const pfn = stretch.firstPfn + (pane.hover - stretch.firstCell) * cellPages
    const share = (name) => this.plane(pane, name)[pane.hover] / 2.55
    const parts = STATES.map(([name, text]) => [text, share(name)]).filter(([, n]) => n > 0)
    const told = [...parts, ['huge on the host', share('huge')]].map(([text, n]) => `${text} ${n < 1 && n > 0 ? '<1' : Math.round(n)} %`)
    pane.cell.textContent = `0x${(pfn * PAGE).toString(16)}, ${bytesText(cellPages * PAGE)}: ${told.join('; ')}`
  }
}

const sumAt = (planes, i) => planes.reduce((total, shares) => total + shares[i], 0)

function element(tag, className = '', text = '') {
  return Object.assign(document.createElement(tag), { className, textContent: text })
}

function rgb(variable) {
  const hex = css(variable)
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16))
}
