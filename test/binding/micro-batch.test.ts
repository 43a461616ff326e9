/** A batch that is computed in parts: one update, the memory of a part. */
import { cpuMemory, Loader, Session } from '../../lib/native'
import { loaderOptions, orderOf, pixelTable, sessionConfig, trainingConfig } from './handles'

const images = 64
const config = { ...sessionConfig, embedDim: 64, depth: 4, mlpDim: 256, threads: 1 }

/** Bytes of LibTorch's tensors at most in the second update on 64 pictures, beside those that are there before; and its loss. */
async function update(microBatch: number) {
  const session = await Session.create(config)
  const names = session.parameters().map(({ name }) => name)
  await session.configureTraining({ ...trainingConfig(names), microBatch, mixup: 0.8 })
  const loader = new Loader(pixelTable(images), { ...loaderOptions, batchSize: images })
  let bytes = 0
  for (let epoch = 0; epoch < 2; epoch++) {
    loader.start(orderOf(images), epoch)
    const before = cpuMemory().live
    expect(await session.trainStep(loader, 1e-3)).toBe(images)
    bytes = cpuMemory().peak - before
  }
  const { loss, updates } = await session.readMeans()
  loader.dispose()
  await session.dispose()
  expect(updates).toBe(2)
  return { bytes, loss }
}

test('eight parts need less than a quarter of the memory of the whole, and have its loss', async () => {
  const whole = await update(0)
  const parts = await update(images / 8)
  expect(Math.abs(parts.loss - whole.loss)).toBeLessThan(1e-5)
  expect(parts.bytes).toBeLessThan(whole.bytes / 4)
})
