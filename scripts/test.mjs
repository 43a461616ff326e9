/**
 * Runs every test, and prints `N passed, N failed` as the last line. Arguments go to jest: a part of a path, -t name.
 *
 * Two workers: most tests that load the addon wait for something (a child process, a disk) for half of their time, and more
 * processes than two that train would only fight for the processors. Tests that measure come last, alone.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(fileURLToPath(new URL('..', import.meta.url)))
const filters = process.argv.slice(2)
const runs = [
  { names: ['unit', 'addon'], args: ['--maxWorkers=2'] },
  { names: ['measuring'], args: ['--runInBand'] },
]

const folder = mkdtempSync(join(tmpdir(), 'ijepa-test-'))
process.env.IJEPA_FEATURE_CACHE = join(folder, 'features')
const total = { passed: 0, failed: 0, skipped: 0 }
for (const { names, args } of runs) add(total, runJest(names, args))
rmSync(folder, { recursive: true, force: true })

if (total.passed + total.failed === 0) console.error('No test has run.')
if (total.skipped > 0) console.log(`${total.skipped} skipped`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0

/** What jest's own report says; a run without a report is one failure. */
function runJest(projects, args) {
  const report = join(folder, `${projects[0]}.json`)
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  const fixed = ['--selectProjects', ...projects, '--passWithNoTests', '--json', '--outputFile', report]
  const { status, signal } = spawnSync(process.execPath, [jest, ...fixed, ...args, ...filters], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, FORCE_COLOR: process.stderr.isTTY ? '1' : '0' },
  })
  const counts = count(report)
  if (!counts)
    console.error(`jest (${projects}) ended without a report: ${signal ?? `exit status ${status}`}`)
  else if (status !== 0 && counts.failed === 0)
    console.error(`jest (${projects}) ended with exit status ${status}`)
  else return counts
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

function add(sum, counts) {
  for (const key of Object.keys(sum)) sum[key] += counts[key]
}
