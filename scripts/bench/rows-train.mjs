/** A full training step of ViT-S/16@224 against Hugging Face's model in eager mode with fused AdamW. */
import { cpus } from 'node:os'
import { interleave, stepOperations } from './measure.mjs'
import { classes, geometry, randomPictures, VitSmall } from './ours/vit-small.mjs'

const batch = 16
const tokens = (batch * geometry.imageHeight * geometry.imageWidth) / geometry.patchSize ** 2
/** Shapes [m, k, n] of the machine's own rate: a large square, and the step's linear layers. */
const products = [
  [4096, 4096, 4096],
  [tokens, geometry.embedDim, 3 * geometry.embedDim],
  [tokens, geometry.embedDim, geometry.mlpDim],
  [tokens, geometry.mlpDim, geometry.embedDim],
]
const required = {
  fp32: { atLeast: cpus()[0]?.model.includes('AMD') ? 2 : 1.2 },
  bf16: { atLeast: 1.2 },
}

export async function trainRows({ table, peers, rounds, threads }) {
  const peer = await peers.pytorch()
  const model = await VitSmall.create(threads)
  const pictures = randomPictures(batch)
  for (const precision of ['fp32', 'bf16']) {
    await model.configure(precision)
    const sides = {
      ours: (times) => model.step(pictures, times),
      theirs: (times) => peer.ask('step', precision, batch, times),
    }
    if (precision === 'bf16') Object.assign(sides, productsOf(peer))
    const seconds = await interleave(sides, rounds)
    table.add({
      name: `training step ${precision}, batch ${batch}`,
      against: 'Hugging Face eager',
      ours: batch / seconds.ours,
      theirs: batch / seconds.theirs,
      unit: 'img/s',
      ratio: seconds.theirs / seconds.ours,
      required: required[precision],
    })
    if (precision === 'bf16') addRate(table, seconds)
  }
  await model.dispose()
}

const productsOf = (peer) =>
  Object.fromEntries(
    products.map((shape) => [shape.join('×'), (times) => peer.ask('matmul', ...shape, times)]),
  )

/** Our step's FLOP/s beside the fastest product's. */
function addRate(table, seconds) {
  const rates = products.map(([m, k, n]) => {
    const name = [m, k, n].join('×')
    return { name, rate: (2 * m * k * n) / seconds[name] }
  })
  const best = rates.reduce((a, b) => (b.rate > a.rate ? b : a))
  const ours = stepOperations(geometry, classes, batch) / seconds.ours
  table.add({
    name: 'training step bf16, FLOP/s',
    against: `PyTorch's bf16 product ${best.name}`,
    ours: ours / 1e9,
    theirs: best.rate / 1e9,
    unit: 'GFLOP/s',
    ratio: ours / best.rate,
    required: { atLeast: 0.5, goal: 0.6 },
    note: rates.map(({ name, rate }) => `${name}: ${(rate / 1e9).toFixed(0)} GFLOP/s`).join(', '),
  })
}
