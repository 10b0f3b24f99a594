import { defineConfig } from 'vitest/config';

/** `unit` needs nothing; `kafka` shares one real broker, which its global setup finds or starts; `browser` a Chromium. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/kafka/**', 'test/browser/**'] },
      },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: ['test/kafka/**/*.test.ts'],
          globalSetup: ['test/local-kafka/shared-broker.ts'],
        },
      },
      // One browser at a time: each takes a core and some hundred megabytes.
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});
