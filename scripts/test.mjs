/**
 * Runs every test, and prints `N passed, N failed` as the last line. Arguments go to jest: a part of a path, -t name.
 *
 * Two workers: most tests that load the addon wait for something (a child process, a disk) for half of their time, and more
 * processes than two that train would only fight for the processors.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const filters = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'ijepa-test-'))
process.env.IJEPA_FEATURE_CACHE = join(folder, 'features')
const { passed, failed, skipped } = runJest()
rmSync(folder, { recursive: true, force: true })

if (passed + failed === 0) console.error('No test has run.')
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

/** What jest's own report says; a run without a report is one failure. */
function runJest() {
  const report = join(folder, 'report.json')
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  const args = [jest, '--maxWorkers=2', '--passWithNoTests', '--json', '--outputFile', report, ...filters]
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, FORCE_COLOR: process.stderr.isTTY ? '1' : '0' },
  })
  const counts = count(report)
  if (counts && (status === 0 || counts.failed > 0)) return counts
  console.error(`jest ended ${counts ? 'with' : 'without a report:'} ${signal ?? `exit status ${status}`}`)
  return { passed: counts?.passed ?? 0, failed: 1, skipped: counts?.skipped ?? 0 }
}

function count(report) {
  try {
    const results = JSON.parse(readFileSync(report, 'utf8'))
    return {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped: results.numPendingTests,
    }
  } catch {
    return undefined
  }
}
