/** Layer decay beside timm's own groups (layer_decay.py): every scale and weight decay is equal, but for one. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parameterGroups } from '../../lib/schedule'

interface Golden {
  cases: {
    depth: number
    layerDecay: number
    parameters: { name: string; shape: number[]; scale: number; weightDecay: number }[]
  }[]
}

const file = join(__dirname, '../fixtures/golden/layer-decay.json')
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as Golden

/**
 * The final norm: timm's group_matcher puts it with the last block, MAE's util/lr_decay.py with the head, one layer above. The
 * library follows MAE's, whose recipes it has by name; no other parameter differs.
 */
const isFinalNorm = (name: string) => name.startsWith('norm.')

test.each(cases)('of $depth blocks with decay $layerDecay', ({ depth, layerDecay, parameters }) => {
  const trainable = parameters.map(({ name }) => name)
  const options = { trainable, layerDecay, weightDecay: 0.05, depth, learningRateScale: 1 }
  const groups = parameterGroups(parameters, options)
  const found = groups.flatMap(({ names, learningRateScale, weightDecay }) =>
    names.map((name) => ({ name, scale: learningRateScale, weightDecay })),
  )
  expect(found).toHaveLength(parameters.length)
  expect(parameters).toHaveLength(3 + 12 * depth + 4)
  for (const { name, scale, weightDecay } of parameters) {
    const ours = found.find((one) => one.name === name)!
    const expected = isFinalNorm(name) ? scale / layerDecay : scale
    expect([name, ours.weightDecay]).toEqual([name, weightDecay])
    expect(Math.abs(ours.scale / expected - 1)).toBeLessThan(1e-14)
    if (isFinalNorm(name)) expect(ours.scale).toBe(1)
  }
})
