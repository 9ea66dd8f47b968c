// Lines over time, one chart below the other, with one cursor and one zoom.
export const PAGE = 4096
const UNITS = [['KiB', 2 ** 10], ['MiB', 2 ** 20], ['GiB', 2 ** 30], ['TiB', 2 ** 40]]
const CHARTS = [
  { series: 'hostResident', title: 'Host memory of the guest', how: 'lower is better: what other guests can use' },
  { series: 'guestFree', title: 'Free memory inside the guest', how: 'what could be returned; the same for all when hints do not hold it back' },
]
const OTHERS = [
  { series: 'hostHuge', title: 'Host memory in huge pages', how: 'what the guest translates fast' },
  { series: 'swapped', title: 'Memory in the host\'s swap', how: 'taken from the guest without asking it; of no use to anybody where the guest has freed it' },
  { series: 'away', title: 'Memory in hints', how: 'isolated or in flight: neither the guest nor the host can use it' },
  { series: 'ballooned', title: 'Memory in the balloon', how: 'taken from the guest until it is deflated' },
]

export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

export function bytesText(bytes) {
  if (bytes === 0) return '0'
  const [unit, size] = UNITS.findLast(([, one]) => bytes >= one) ?? UNITS[0]
  const n = bytes / size
  return `${n >= 100 ? Math.round(n) : Number(n.toPrecision(3))} ${unit}`
}

const timeText = (s) => `${s.toFixed(s < 10 ? 3 : 2)} s`

// A short piece of a row's line.
function swatch({ colour, dash }) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', 'swatch')
  svg.setAttribute('viewBox', '0 0 26 8')
  const path = document.createElementNS(svg.namespaceURI, 'path')
  path.setAttribute('d', 'M1 4H25')
  path.setAttribute('stroke', `var(${colour})`)
  path.setAttribute('stroke-dasharray', dash.join(' '))
  svg.append(path)
  return svg
}

// Powers of two, and the multiples of them that divide them evenly.
const byteSteps = Array.from({ length: 34 }, (_, i) => 2 ** (12 + i))

// Changes smaller than this share of the largest value do not count as movement.
const STILL = 0.01

export class MemoryCharts {
  constructor(rows, root, zoom, lines) {
    this.rows = rows
    this.root = root
    this.plots = []
    this.hidden = new Set()
    this.other = OTHERS.filter(({ series }) => rows.some((row) => row.series.samples[series].some((n) => n > 0)))
    this.chosen = 0
    const workloadEnd = Math.max(...rows.map(({ workloadNs }) => workloadNs)) / 1e9
    const end = Math.max(...rows.map(({ endNs }) => endNs)) / 1e9
    const settled = Math.max(workloadEnd, ...rows.map(settledAt))
    this.ranges = { settled: Math.min(end, settled * 1.1), workload: Math.min(end, workloadEnd * 1.02), all: end }
    this.workloadEnd = workloadEnd
    this.range = this.ranges.settled
    this.zoomButtons = [...zoom.querySelectorAll('button')]
    zoom.hidden = workloadEnd > 0.9 * end
    for (const button of this.zoomButtons) button.addEventListener('click', () => this.zoom(button.dataset.zoom))
    lines.replaceChildren(...rows.map((row) => this.toggle(row)))
    this.draw()
    new ResizeObserver(() => this.resize()).observe(root)
  }

  zoom(name) {
    this.range = this.ranges[name]
    for (const button of this.zoomButtons) button.setAttribute('aria-pressed', String(button.dataset.zoom === name))
    for (const plot of this.plots) plot.setScale('x', { min: 0, max: this.range })
  }

  // A button of the legend: shows or hides a line in all charts.
  toggle(row) {
    const { name } = row
    const item = document.createElement('li')
    const button = document.createElement('button')
    button.append(swatch(row), name)
    button.setAttribute('aria-pressed', 'true')
    button.addEventListener('click', () => {
      const hide = !this.hidden.has(name)
      if (hide) this.hidden.add(name)
      else this.hidden.delete(name)
      button.setAttribute('aria-pressed', String(!hide))
      const i = this.rows.indexOf(row) + 1
      for (const plot of this.plots) plot.setSeries(i, { show: !hide })
    })
    item.append(button)
    return item
  }

  resize() {
    const width = this.root.clientWidth
    if (width === this.width) return
    this.width = width
    for (const plot of this.plots) plot.setSize({ width, height: this.height() })
  }

  height() {
    return this.root.clientWidth < 600 ? 220 : 270
  }

  draw() {
    for (const plot of this.plots) plot.destroy()
    this.plots = []
    this.root.replaceChildren()
    this.width = this.root.clientWidth
    const shown = [...CHARTS, ...(this.other.length > 0 ? [this.other[this.chosen]] : [])]
    shown.forEach((chart, i) => this.chart(chart, i >= CHARTS.length))
    for (const plot of this.plots) plot.setScale('x', { min: 0, max: this.range })
  }

  chart({ series, title, how }, choosable) {
    const figure = document.createElement('figure')
    figure.className = 'chart'
    const caption = document.createElement('figcaption')
    if (choosable && this.other.length > 1) caption.append(this.chooser())
    else caption.append(title)
    const small = document.createElement('small')
    small.textContent = how
    caption.append(small)
    figure.append(caption)
    this.root.append(figure)
    const tables = this.rows.map((row) => {
      const values = row.series.samples[series]
      return [values.map((_, i) => (i * row.series.periodNs) / 1e9), values.map((n) => n * PAGE)]
    })
    this.plots.push(new uPlot(this.options(), uPlot.join(tables), figure))
  }

  chooser() {
    const select = document.createElement('select')
    select.setAttribute('aria-label', 'What the third chart shows')
    this.other.forEach(({ title }, i) => select.add(new Option(title, String(i), false, i === this.chosen)))
    select.addEventListener('change', () => {
      this.chosen = Number(select.value)
      this.draw()
    })
    return select
  }

  options() {
    const [fg, grid] = [css('--dim'), css('--grid')]
    const font = `12px ${getComputedStyle(document.body).fontFamily}`
    const axis = { stroke: fg, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 } }
    return {
      width: this.width,
      height: this.height(),
      padding: [8, 14, 0, 0],
      cursor: { sync: { key: 'memory' }, drag: { x: true, y: false } },
      legend: { show: false },
      scales: {
        x: { time: false, range: (_, min, max) => (min === max ? [0, 1] : [min, max]) },
        y: { range: (_, __, max) => [0, max > 0 ? max * 1.05 : 2 ** 20] },
      },
      axes: [
        { ...axis, size: 32, values: (_, splits) => splits.map((s) => `${Number(s.toPrecision(6))} s`) },
        { ...axis, size: 66, incrs: byteSteps, values: (_, splits) => splits.map(bytesText) },
      ],
      series: [{}, ...this.rows.map((row) => this.line(row))],
      hooks: {
        draw: [(plot) => this.markEnd(plot, font)],
        init: [(plot) => plot.over.append(Object.assign(document.createElement('div'), { className: 'tip', hidden: true }))],
        setCursor: [(plot) => this.tip(plot)],
      },
    }
  }

  line({ name, colour, dash }) {
    return {
      label: name,
      stroke: css(colour),
      width: colour === '--ref' ? 1.5 : 2.25,
      dash,
      show: !this.hidden.has(name),
      spanGaps: true,
      points: { show: false },
    }
  }

  // The numbers at the cursor, the largest first, beside it; only in the chart that is pointed at.
  tip({ cursor, over, data }) {
    const tip = over.querySelector('.tip')
    tip.hidden = typeof cursor.idx !== 'number' || !over.matches(':hover')
    if (tip.hidden) return
    const values = this.rows.map((row, i) => ({ row, bytes: data[i + 1][cursor.idx] }))
    const shown = values.filter(({ row, bytes }) => typeof bytes === 'number' && !this.hidden.has(row.name))
    const table = document.createElement('table')
    for (const { row, bytes } of shown.sort((a, b) => b.bytes - a.bytes)) {
      const line = table.insertRow()
      line.insertCell().append(swatch(row), row.name)
      line.insertCell().textContent = bytesText(bytes)
    }
    const time = document.createElement('p')
    time.textContent = timeText(data[0][cursor.idx])
    tip.replaceChildren(time, table)
    const left = cursor.left + 16 + tip.offsetWidth > over.clientWidth ? cursor.left - 16 - tip.offsetWidth : cursor.left + 16
    tip.style.left = `${Math.max(0, left)}px`
    tip.style.top = '6px'
  }

  // Where the workload ends and the idle time begins.
  markEnd({ ctx, bbox, valToPos, scales }, font) {
    if (this.workloadEnd >= scales.x.max || this.workloadEnd > 0.97 * this.ranges.all) return
    const x = Math.round(valToPos(this.workloadEnd, 'x', true)) + 0.5
    const scale = devicePixelRatio
    ctx.save()
    ctx.strokeStyle = ctx.fillStyle = css('--dim')
    ctx.setLineDash([4 * scale, 4 * scale])
    ctx.lineWidth = scale
    ctx.textBaseline = 'alphabetic'
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.font = font.replace('12px', `${12 * scale}px`)
    const fits = x + 90 * scale < bbox.left + bbox.width
    ctx.textAlign = fits ? 'left' : 'right'
    ctx.fillText('workload ends', x + (fits ? 5 : -5) * scale, bbox.top + bbox.height - 7 * scale)
    ctx.restore()
  }
}

// When the host's memory and the guest's have come to rest, in seconds.
function settledAt({ series: { periodNs, samples } }) {
  const ends = ['hostResident', 'guestFree'].map((name) => {
    const values = samples[name]
    const still = STILL * Math.max(...values)
    return values.findLastIndex((n) => Math.abs(n - values.at(-1)) > still) + 1
  })
  return (Math.max(...ends) * periodNs) / 1e9
}
