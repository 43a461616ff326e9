/** Every format through the binding, as training and prediction read it, against the pixels that scripts/pictures made. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BadImage } from '../../binding.gyp'
import { readSafetensors } from '../../lib/checkpoint'
import { unlabelled } from '../../lib/dataset'
import { sniff } from '../../lib/dataset/image-format'
import { Loader } from '../../lib/native'
import { loaderOptions, orderOf } from '../binding/handles'

const folder = join(__dirname, '../fixtures/pictures')
const bad = JSON.parse(readFileSync(join(folder, 'bad.json'), 'utf8')) as Record<string, string>
const pictures = readdirSync(folder).filter((name) => !/^(?:bad|bad\.json|expected\.safetensors)$/.test(name))

interface Golden {
  readonly pixels: Uint8Array
  readonly height: number
  readonly width: number
  readonly tolerance: number
}

/** `alpha` 'ignore' has a golden of its own only where it differs. */
async function readGolden(name: string, alpha: 'white' | 'ignore'): Promise<Golden> {
  const { tensors } = await goldens
  const tensor = tensors.get(`${name}|${alpha}`) ?? tensors.get(`${name}|white`)!
  const [height, width] = tensor.shape as [number, number]
  return { pixels: bytesOf(tensor), height, width, tolerance: bytesOf(tensors.get(`${name}|tolerance`)!)[0]! }
}

const goldens = readSafetensors(join(folder, 'expected.safetensors'))
const content = readFileSync(join(folder, 'expected.safetensors'))
const bytesOf = ({ range: { offset, length } }: { range: { offset: number; length: number } }) =>
  content.subarray(offset, offset + length)

/** [3, H, W] of the picture in its own size. */
async function load(
  picture: string | Uint8Array,
  { height, width }: Golden,
  alpha: 'white' | 'ignore',
): Promise<Uint8Array> {
  const loader = new Loader(unlabelled([picture]), {
    ...loaderOptions,
    height,
    width,
    resize: 'squash',
    alpha,
  })
  try {
    loader.start(orderOf(1), 0)
    return (await loader.read()).pixels
  } finally {
    loader.dispose()
  }
}

function largestDifference(planes: Uint8Array, { pixels }: Golden): number {
  expect(planes.length).toBe(pixels.length)
  const area = pixels.length / 3
  let worst = 0
  for (let i = 0; i < area; i++)
    for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(planes[c * area + i]! - pixels[3 * i + c]!))
  return worst
}

interface Outcome {
  readonly samples: number[]
  readonly error: unknown
  readonly bad: BadImage[]
}

/** What a loader makes of a bad picture and a good one behind it. */
async function readWithGood(path: string, onBadImage: 'throw' | 'skip'): Promise<Outcome> {
  const loader = new Loader(unlabelled([path, join(folder, '444.jpg')]), { ...loaderOptions, onBadImage })
  try {
    loader.start(orderOf(2), 0)
    return { samples: [...(await loader.read()).samples], error: undefined, bad: loader.bad() }
  } catch (error) {
    return { samples: [], error, bad: loader.bad() }
  } finally {
    loader.dispose()
  }
}

describe('pictures', () => {
  it.each(['white', 'ignore'] as const)(
    'of every kind have their golden pixels, alpha: %s',
    async (alpha) => {
      const wrong: string[] = []
      for (const name of pictures) {
        const golden = await readGolden(name, alpha)
        const difference = largestDifference(await load(join(folder, name), golden, alpha), golden)
        if (difference > golden.tolerance) wrong.push(`${name}: ${difference}`)
      }
      expect(wrong).toEqual([])
      expect(pictures.length).toBeGreaterThan(150)
    },
  )

  it('have the same pixels from their bytes as from their path', async () => {
    for (const name of [
      '420.jpg',
      'rgba-16.png',
      'animated.gif',
      '420.avif',
      'rle-8.bmp',
      'text.pgm',
      'lzw.tif',
    ]) {
      const golden = await readGolden(name, 'white')
      const path = join(folder, name)
      expect(await load(readFileSync(path), golden, 'white')).toEqual(await load(path, golden, 'white'))
    }
  })

  it.each(Object.entries(bad))(
    'that are bad, as bad/%s, are %s under throw, and left out and listed under skip',
    async (name, code) => {
      const path = join(folder, 'bad', name)
      const { error } = await readWithGood(path, 'throw')
      expect(error).toMatchObject({ code, details: { file: path } })
      const { samples, bad: listed } = await readWithGood(path, 'skip')
      expect(samples).toEqual([1])
      const { message } = error as Error
      expect(listed).toEqual([{ sample: 0, reason: message.slice(`${path}: `.length) }])
    },
  )

  it('are known to the listing of data sets by the same first bytes', () => {
    const kind = (path: string) => sniff(readFileSync(join(folder, path)).subarray(0, 64)).kind
    expect(pictures.filter((name) => kind(name) !== 'picture')).toEqual([])
    const foreign = [
      'drawing.svg',
      'document.pdf',
      'phone.heic',
      'notes.jpg',
      'page.png',
      'empty.jpg',
      'map.pam',
    ]
    for (const name of foreign) {
      expect(bad[name]).toBe('ERR_IMAGE_REFUSED')
      expect(kind(join('bad', name))).not.toBe('picture')
    }
  })
})
