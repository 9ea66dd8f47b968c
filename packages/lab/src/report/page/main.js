// Brings the page to life: the charts, the page map, the tabs. Without scripts the rest of the page still reads.
import { MemoryCharts } from './memory-charts.js'
import { PageMap } from './page-map.js'

const rows = JSON.parse(document.getElementById('data').textContent)

for (const section of document.querySelectorAll('section')) {
  const buttons = [...section.querySelectorAll('button[data-tab]')]
  const choose = (name) => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.tab === name))
    for (const tab of section.querySelectorAll('.tab')) tab.hidden = tab.dataset.tab !== name
  }
  if (buttons.length === 0) continue
  for (const button of buttons) button.addEventListener('click', () => choose(button.dataset.tab))
  for (const heading of section.querySelectorAll('.tab h3')) heading.hidden = true
  buttons[0].parentElement.hidden = false
  choose(buttons[0].dataset.tab)
}

if (rows.length > 0) {
  const charts = new MemoryCharts(rows, document.getElementById('memory-charts'), document.getElementById('zoom'), document.getElementById('lines'))
  const map = new PageMap(rows, document.getElementById('page-map'))
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    charts.draw()
    map.show(map.at)
  })
}
