/** The part of cli-progress that is used; the package brings no types. */
declare module 'cli-progress' {
  interface BarOptions {
    readonly format: string
    readonly stream: NodeJS.WritableStream
    readonly clearOnComplete: boolean
    readonly barsize: number
  }
  class SingleBar {
    constructor(options: BarOptions)
    start(total: number, value: number, payload: Record<string, string>): void
    update(value: number, payload: Record<string, string>): void
    stop(): void
  }
  const cliProgress: { readonly SingleBar: typeof SingleBar }
  export default cliProgress
}
