import { defineConfig } from 'vitest/config';

/** `unit` needs nothing; `kafka` shares one real broker, which its global setup finds or starts. */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 180_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/kafka/**'] } },
      {
        extends: true,
        test: {
          name: 'kafka',
          include: ['test/kafka/**/*.test.ts'],
          globalSetup: ['test/local-kafka/shared-broker.ts'],
        },
      },
    ],
  },
});
