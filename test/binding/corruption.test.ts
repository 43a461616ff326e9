/** Corrupted pictures as a loader gives them. */
import type { LoaderOptions } from '../../binding.gyp'
import { allCorruptions } from '../../lib/config/corruptions'
import { Loader } from '../../lib/native'
import { loaderOptions, orderOf, pixelTable } from './handles'
import { pixelsBySample } from './pixels'

const table = pixelTable(6, 40)

const pixelsOf = (options: Partial<LoaderOptions>, order = orderOf(6)) =>
  pixelsBySample(table, { ...loaderOptions, ...options }, order)

describe('a loader with a corruption', () => {
  it.each(allCorruptions)('%s: severity 0 is the picture itself, severity 5 another', async (name) => {
    const clean = await pixelsOf({})
    expect(await pixelsOf({ corruption: { name, severity: 0, seed: 1 } })).toEqual(clean)
    const corrupted = await pixelsOf({ corruption: { name, severity: 5, seed: 1 } })
    for (const [sample, pixels] of corrupted) expect(pixels.equals(clean.get(sample)!)).toBe(false)
  })

  it.each(['shot_noise', 'snow', 'glass_blur'])(
    '%s: the same pixels in any order, batch and number of threads; others with another seed',
    async (name) => {
      const corruption = { name, severity: 3, seed: 5 }
      const pixels = await pixelsOf({ corruption, threads: 1 })
      const turned = await pixelsOf({ corruption, threads: 3, batchSize: 5 }, orderOf(6).reverse())
      for (const [sample, expected] of pixels) expect(turned.get(sample)!.equals(expected)).toBe(true)
      const other = await pixelsOf({ corruption: { ...corruption, seed: 6 } })
      for (const [sample, expected] of pixels) expect(other.get(sample)!.equals(expected)).toBe(false)
    },
  )

  it.each([
    [{ name: 'rain', severity: 1, seed: 0 }, 'the name of a corruption'],
    [{ name: 'fog', severity: 6, seed: 0 }, '1 to 5, or 0 for none'],
    [{ name: 'fog', severity: -1, seed: 0 }, '1 to 5, or 0 for none'],
    [{ name: 'fog', severity: 1.5, seed: 0 }, 'an integer'],
    [{ name: 'fog', severity: 1 } as never, 'seed'],
  ])('refuses %j', (corruption, words) => {
    expect(() => new Loader(table, { ...loaderOptions, corruption })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT', message: expect.stringContaining(words) as string }),
    )
  })
})
