const { mkdtempSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

/** Runs of the tests keep features out of the project's own cache. */
process.env.IJEPA_FEATURE_CACHE ??= mkdtempSync(join(tmpdir(), 'ijepa-features-'))

/**
 * As lib/native/threads.ts has it, which tests cannot: the environment that they change is a copy that OpenMP does not read.
 * Spinning threads make tests ten times as slow where anything else is at work.
 */
process.env.OMP_WAIT_POLICY ??= 'PASSIVE'
process.env.GOMP_SPINCOUNT ??= '1000'

/** One project that needs no build of the addon, one that loads it, and one of tests that run alone. */
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false, transpilation: true }],
  },
}

/** These compare what two processes, or two turns, take: what else the machine does must not change meanwhile. */
const measuring = ['estimate', 'feature-cache', 'kept-tokens', 'profile'].map(
  (name) => `<rootDir>/test/e2e/${name}.test.ts`,
)

module.exports = {
  testTimeout: 60_000,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/unit/**/*.test.ts', '<rootDir>/test/*.test.ts'],
    },
    {
      ...common,
      displayName: 'addon',
      testMatch: ['<rootDir>/test/{native,binding,parity,e2e}/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...measuring],
    },
    {
      ...common,
      displayName: 'measuring',
      testMatch: measuring,
    },
  ],
}
