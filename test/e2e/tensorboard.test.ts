/** The event files of a run, stopped and gone on with, as TensorBoard itself reads them. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../lib'
import { makePictures, stop } from './runs'

const environment = join(__dirname, '..', '..', '.cache', 'tensorboard')
const python = join(environment, 'bin', 'python')
const reason = install()
const testOrSkip = reason ? it.skip : it

testOrSkip(
  `TensorBoard draws a stopped and resumed run as one${reason ? ` (skipped: ${reason})` : ''}`,
  async () => {
    const run = await Trainer.resume(await stop(makePictures(), 4, { epochs: 4 }), { progress: 'none' })
    const { stdout, stderr } = spawnSync(python, [join(__dirname, 'read_events.py'), run.directory], {
      encoding: 'utf8',
    })
    if (stdout === '') throw new Error(stderr)
    const { scalars, parameters, status } = JSON.parse(stdout) as {
      scalars: Record<string, [step: number, value: number][]>
      parameters: Record<string, unknown>
      status: number
    }
    const steps = scalars['train/loss']!.map(([step]) => step)
    expect(steps).toEqual(steps.map((_, i) => i + 1)) // none twice, none missing
    const validation = scalars['validation/loss']!.map(([, value]) => value)
    expect(validation).toHaveLength(4)
    validation.forEach((loss, epoch) => expect(loss).toBeCloseTo(run.history[epoch]!.validation!.loss, 5))
    expect(parameters).toMatchObject({ kind: 'finetune', epochs: 4 })
    expect(status).toBe(1) // success
  },
  120_000,
)

/** @returns why not */
function install(): string | undefined {
  if (existsSync(join(environment, 'complete'))) return undefined
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', environment]],
    [python, ['-m', 'pip', 'install', '--quiet', 'tensorboard==2.20.0', 'setuptools<81']],
    [python, ['-c', `open(${JSON.stringify(join(environment, 'complete'))}, 'w')`]],
  ]
  for (const [command, args] of steps) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) return error?.message ?? stderr.trim().split('\n').at(-1)
  }
  return undefined
}
