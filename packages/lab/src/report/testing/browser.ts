/**
 * A headless Chromium for tests: Debian's, spoken to over its debugging pipe (--remote-debugging-pipe: JSON messages that end with a NUL byte, on file
 * descriptors 3 and 4). Nothing is downloaded, and no port is opened.
 *
 *     test --{id, method, params}\0--> fd 3   chromium   fd 4 --{id, result}\0 | {method, params}\0--> test
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const PROGRAMS = [process.env['HINTLAB_CHROMIUM'] ?? '', 'chromium', 'chromium-browser', 'google-chrome']

/** The browser's program, or null when this machine has none. */
export function findBrowser(): string | null {
  return PROGRAMS.find((name) => name !== '' && spawnSync(name, ['--version']).status === 0) ?? null
}

export const BROWSER_MISSING = 'no Chromium here: apt-get install chromium'

interface Answer {
  readonly id?: number
  readonly method?: string
  readonly params?: Record<string, unknown>
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

export class Browser {
  /** Errors of the page: what it threw, and what it logged as an error. */
  readonly errors: string[] = []
  /** Addresses that the page asked for, itself aside. */
  readonly requests: string[] = []
  private readonly process: ChildProcess
  private readonly profile: string
  private readonly waiting = new Map<number, { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }>()
  private readonly listeners = new Map<string, () => void>()
  private lastId = 0
  private session = ''
  private unread = ''

  constructor(program: string) {
    this.profile = mkdtempSync(join(tmpdir(), 'hintlab-browser-'))
    const args = [
      '--headless=new', '--remote-debugging-pipe', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-extensions',
      '--hide-scrollbars', '--force-device-scale-factor=1', `--user-data-dir=${this.profile}`, 'about:blank',
    ]
    this.process = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    const pipe = this.process.stdio[4] as Readable
    pipe.setEncoding('utf8')
    pipe.on('data', (text: string) => this.read(text))
    this.process.on('exit', () => this.fail('the browser has ended'))
  }

  /** Shows a page of this size, and waits until it has loaded. */
  async open(url: string, { width, height, dark = false, mobile = false }: { width: number; height: number; dark?: boolean; mobile?: boolean }): Promise<void> {
    if (this.session === '') await this.attach()
    this.errors.length = this.requests.length = 0
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: mobile ? 2 : 1, mobile })
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] })
    const loaded = new Promise<void>((resolve) => this.listeners.set('Page.loadEventFired', resolve))
    await this.send('Page.navigate', { url })
    await loaded
  }

  /** What an expression gives inside the page; a promise is waited for. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails))
    return (result as { value: T }).value
  }

  /** A PNG of the whole page, or of what is on the screen. */
  async screenshot(whole: boolean): Promise<Buffer> {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole })
    return Buffer.from(data as string, 'base64')
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (this.process.exitCode !== null || this.process.signalCode !== null) resolve()
      else this.process.once('exit', () => resolve())
    })
    this.session = ''
    this.send('Browser.close', {}).catch(() => {})
    await ended
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }

  private async attach(): Promise<void> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    this.session = sessionId as string
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.send(`${domain}.enable`, {})
  }

  private send(method: string, params: Record<string, unknown>): Promise<Record<string, unknown>> {
    const id = ++this.lastId
    const session = this.session === '' ? {} : { sessionId: this.session }
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => this.waiting.set(id, { resolve, reject }))
    ;(this.process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`)
    return answer
  }

  private read(text: string): void {
    const messages = (this.unread + text).split('\0')
    this.unread = messages.pop() ?? ''
    for (const message of messages) this.handle(JSON.parse(message) as Answer)
  }

  private handle({ id, method, params, result, error }: Answer): void {
    if (id !== undefined) {
      const waiting = this.waiting.get(id)
      this.waiting.delete(id)
      return error === undefined ? waiting?.resolve(result ?? {}) : waiting?.reject(new Error(error.message))
    }
    const { exceptionDetails, entry, request } = params as { exceptionDetails?: object; entry?: { level: string; text: string }; request?: { url: string } }
    if (method === 'Runtime.exceptionThrown') this.errors.push(JSON.stringify(exceptionDetails))
    if (method === 'Log.entryAdded' && entry?.level === 'error') this.errors.push(entry.text)
    if (method === 'Network.requestWillBeSent' && request !== undefined) this.requests.push(request.url)
    if (method !== undefined) this.listeners.get(method)?.()
  }

  private fail(reason: string): void {
    for (const { reject } of this.waiting.values()) reject(new Error(reason))
    this.waiting.clear()
  }
}
