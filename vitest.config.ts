import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,protocol,test,examples}/**/*.test.ts'],
    // Liveness limit only: no test measures time.
    testTimeout: 120_000,
  },
})
