/** Layer decay and weight decay of each parameter. */
import { layerId, layerScale, parameterGroups, trainableNames } from '../../../lib/schedule'
import { depth, names, parameters } from './parameters'

const options = { trainable: names, layerDecay: 0.75, weightDecay: 0.05, depth, learningRateScale: 1 }

test('layers are the embeddings, the blocks, and the rest', () => {
  expect(layerId('pos_embed', depth)).toBe(0)
  expect(layerId('patch_embed.proj.weight', depth)).toBe(0)
  expect(layerId('blocks.0.norm1.weight', depth)).toBe(1)
  expect(layerId('blocks.5.mlp.fc2.bias', depth)).toBe(6)
  expect(layerId('norm.weight', depth)).toBe(7)
  expect(layerId('head.weight', depth)).toBe(7)
})

test('scales are those of the recipe of the demo: 0.75 to the power of 7 minus the layer', () => {
  expect(layerScale('head.bias', depth, 0.75)).toBe(1)
  expect(layerScale('norm.bias', depth, 0.75)).toBe(1)
  expect(layerScale('blocks.5.attn.proj.bias', depth, 0.75)).toBe(0.75)
  expect(layerScale('blocks.0.attn.proj.bias', depth, 0.75)).toBeCloseTo(0.177978515625, 15)
  expect(layerScale('patch_embed.proj.bias', depth, 0.75)).toBeCloseTo(0.13348388671875, 15)
})

test('every parameter is in one group, with the scale of its layer', () => {
  const groups = parameterGroups(parameters, options)
  expect(groups.flatMap((group) => group.names).sort()).toEqual([...names].sort())
  for (const group of groups) {
    for (const name of group.names) expect(group.learningRateScale).toBe(layerScale(name, depth, 0.75))
  }
  // A pair of groups, decayed and not, for each of the 8 layers.
  expect(groups).toHaveLength(16)
})

test('biases, norms and positions do not decay; the rest does', () => {
  const groups = parameterGroups(parameters, options)
  const decayOf = (name: string) => groups.find((group) => group.names.includes(name))?.weightDecay
  for (const { name, shape } of parameters) {
    expect([name, decayOf(name)]).toEqual([name, shape.length > 1 && name !== 'pos_embed' ? 0.05 : 0])
  }
})

test('what does not train is in no group', () => {
  const trainable = trainableNames(['head', 'blocks.-2..'], names, depth)
  const groups = parameterGroups(parameters, { ...options, trainable })
  expect(groups.flatMap((group) => group.names).sort()).toEqual([...trainable].sort())
})

test('without layer decay there are two groups, scaled by the stage', () => {
  const groups = parameterGroups(parameters, { ...options, layerDecay: 1, learningRateScale: 0.1 })
  expect(groups.map(({ learningRateScale, weightDecay }) => [learningRateScale, weightDecay]).sort()).toEqual(
    [
      [0.1, 0],
      [0.1, 0.05],
    ],
  )
})

test('a linear probe decays weight and bias alike', () => {
  const trainable = ['head.weight', 'head.bias']
  expect(parameterGroups(parameters, { ...options, trainable, weightDecay: 1e-4, decayAll: true })).toEqual([
    { names: ['head.weight', 'head.bias'], learningRateScale: 1, weightDecay: 1e-4 },
  ])
})
