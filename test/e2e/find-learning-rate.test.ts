import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../lib'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'

const directory = temporaryFolder()
const recipe = { batchSize: 8, precision: 'fp32', progress: 'none' } as const
const trainer = Trainer.create({
  encoder: tinyEncoder,
  data: { train: colourFolder(12, 32), validation: colourFolder(4, 32, 500) },
  directory,
  threads: 2,
})

afterAll(async () => (await trainer).dispose())

test('a curve over several epochs, the same twice, a suggestion on it, and nothing left behind', async () => {
  const find = async () => (await trainer).findLearningRate({ ...recipe, from: 1e-6, to: 1e-1, steps: 40 })
  const curve = await find()
  expect(curve.losses.length).toBeGreaterThan(20)
  expect(curve.learningRates).toHaveLength(curve.losses.length)
  expect(curve.means).toHaveLength(curve.losses.length)
  expect(Math.min(...curve.losses)).toBeLessThan(curve.losses[0]!)
  expect(curve.learningRates).toContain(curve.suggestion)
  expect(curve.suggestion).toBeGreaterThan(1e-6)
  expect(await find()).toEqual(curve)
  expect(readdirSync(directory)).toEqual([])
  const file = join(temporaryFolder(), 'curve.svg')
  await curve.save(file)
  expect(readFileSync(file, 'utf8')).toContain(`>${curve.suggestion.toPrecision(3)}</text>`)
})

test('ends early where the training diverges', async () => {
  const { losses } = await (
    await trainer
  ).findLearningRate({ ...recipe, optimizer: 'sgd', from: 1e-3, to: 1e6, steps: 100 })
  expect(losses.length).toBeLessThan(100)
})

test.each([
  [{ from: 0 }, 'from'],
  [{ from: 1, to: 0.5 }, 'to'],
  [{ steps: 2 }, 'steps'],
  [{ epochs: 0 }, 'epochs'],
])('refuses %j', async (options, path) => {
  await expect((await trainer).findLearningRate({ ...recipe, ...options })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    details: { issues: [expect.objectContaining({ path })] },
  })
})

test('an abort rejects with its reason, and the trainer goes on', async () => {
  const reason = new Error('enough')
  const finding = (await trainer).findLearningRate({ ...recipe, signal: AbortSignal.abort(reason) })
  await expect(finding).rejects.toBe(reason)
  expect((await (await trainer).findLearningRate({ ...recipe, steps: 10, to: 1e-6 })).losses).toHaveLength(10)
})
