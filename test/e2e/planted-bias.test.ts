/** A colour tied to the class in training alone is found; where there is no tie, nothing of the kind is said. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const script = join(__dirname, '..', '..', 'scripts', 'check-bias.mjs')

test('of one data set with the tie and one without', () => {
  const small = ['--seeds', '1', '--train', '40', '--test', '30']
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...small], { encoding: 'utf8' })
  expect([status, stdout, stderr]).toEqual([
    0,
    expect.stringContaining('planted: found in 1 of 1; control: found in 0 of 1'),
    expect.anything(),
  ])
}, 120_000)
