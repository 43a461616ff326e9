const { mkdtempSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

/** Runs of the tests keep features out of the project's own cache. */
process.env.IJEPA_FEATURE_CACHE ??= mkdtempSync(join(tmpdir(), 'ijepa-features-'))

/** One project without the addon (fast), one that loads it (in one worker: one LibTorch a process). */
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false, transpilation: true }],
  },
}

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
    },
  ],
}
