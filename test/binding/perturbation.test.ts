/** Pictures with one quality taken away, as a loader gives them. */
import type { PerturbationOptions } from '../../binding.gyp'
import { sensitivityChanges } from '../../lib/config/sensitivity-changes'
import { Loader } from '../../lib/native'
import { loaderOptions, orderOf, pixelTable } from './handles'
import { pixelsBySample } from './pixels'

const table = pixelTable(6, 40)
const pixelsOf = (options = {}, order = orderOf(6)) =>
  pixelsBySample(table, { ...loaderOptions, ...options }, order)

describe('a loader with a perturbation', () => {
  it.each(sensitivityChanges)('$name of $strength: another picture than before', async (change) => {
    const clean = await pixelsOf()
    expect(await pixelsOf({ perturbation: { ...change, strength: 0, seed: 1 } })).toEqual(clean)
    const changed = await pixelsOf({ perturbation: { ...change, seed: 1 } })
    for (const [sample, pixels] of changed) expect(pixels.equals(clean.get(sample)!)).toBe(false)
  })

  it.each(['shuffle', 'rotation', 'crop', 'hue'] as const)(
    '%s: the same pixels in any order, batch and number of threads',
    async (name) => {
      const perturbation = {
        name,
        strength: { shuffle: 4, rotation: 20, crop: 0.5, hue: 0.2 }[name],
        seed: 5,
      }
      const pixels = await pixelsOf({ perturbation, threads: 1 })
      const turned = await pixelsOf({ perturbation, threads: 3, batchSize: 5 }, orderOf(6).reverse())
      for (const [sample, expected] of pixels) expect(turned.get(sample)!.equals(expected)).toBe(true)
    },
  )

  it.each([
    [{ name: 'fog', strength: 1, seed: 0 }, 'the name of a perturbation'],
    [{ name: 'hue', strength: 0.6, seed: 0 }, 'hue from 0 to 0.5'],
    [{ name: 'shuffle', strength: 1.5, seed: 0 }, 'a whole number'],
    [{ name: 'crop', strength: NaN, seed: 0 }, 'crop from 0 to 0.9'],
    [{ name: 'grey', strength: 1 }, 'seed'],
  ])('refuses %j', (perturbation, words) => {
    const options = { ...loaderOptions, perturbation: perturbation as PerturbationOptions }
    expect(() => new Loader(table, options)).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', message: expect.stringContaining(words) as string }),
    )
  })
})
