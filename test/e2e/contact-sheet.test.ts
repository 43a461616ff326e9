import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { contactSheet, type ContactSheetOptions } from '../../lib'
import { unlabelled } from '../../lib/dataset'
import { evaluationLoader } from '../../lib/inference'
import { defaultPreprocessing } from '../../lib/config'
import { colourFolder, noisyPixels, png, temporaryFolder } from '../pictures'

const data = colourFolder(6, 48)
const small = { data, imageSize: 32, pictures: 3, views: 2 } as const
const images = join(__dirname, '..', 'fixtures', 'golden', 'images')

async function draw(ending: string, options: Partial<ContactSheetOptions> = {}): Promise<Buffer> {
  const out = join(temporaryFolder(), `sheet${ending}`)
  await contactSheet({ ...small, ...options, out })
  return readFileSync(out)
}

/** uint8 [3, H, W] of an encoded picture. */
async function decoded(bytes: Buffer | string, height: number, width: number): Promise<Uint8Array> {
  const loader = evaluationLoader(unlabelled([bytes]), {
    geometry: { imageHeight: height, imageWidth: width },
    preprocessing: { ...defaultPreprocessing, cropFraction: 1 },
    batchSize: 1,
    threads: 1,
    alpha: 'white',
    onBadImage: 'throw',
  })
  loader.start(Int32Array.of(0), 0)
  const { pixels } = await loader.read()
  loader.dispose()
  return pixels
}

const sides = { height: 3 * 36 + 4, width: 3 * 36 + 4 + 12 }

test('a picture has a row for each, first as it is evaluated', async () => {
  const pixels = await decoded(
    await draw('.png', { preprocessing: { cropFraction: 1 } }),
    sides.height,
    sides.width,
  )
  const cell = (row: number, left: number): Uint8Array =>
    Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => {
      const [x, y, channel] = [i % 32, Math.floor(i / 32) % 32, Math.floor(i / 1024)]
      return pixels[(channel * sides.height + 4 + 36 * row + y) * sides.width + left + x]!
    })
  expect(pixels.subarray(0, 4 * sides.width)).toEqual(new Uint8Array(4 * sides.width).fill(255))
  const evaluated = await Promise.all(
    ['blue', 'red'].flatMap((name) =>
      readdirSync(join(data, name)).map((file) => decoded(join(data, name, file), 32, 32)),
    ),
  )
  for (const row of [0, 1, 2]) {
    const view = Buffer.from(cell(row, 4))
    expect(evaluated.some((picture) => view.equals(picture))).toBe(true)
    expect(view.equals(cell(row, 4 + 36 + 12))).toBe(false)
    expect(Buffer.from(cell(row, 52)).equals(cell(row, 88))).toBe(false)
  }
})

test('a JPEG is one of the same size', async () => {
  const jpeg = await draw('.JPG')
  expect(jpeg.subarray(0, 2).toString('hex')).toBe('ffd8')
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  expect([jpeg.readUInt16BE(frame + 5), jpeg.readUInt16BE(frame + 7)]).toEqual([sides.height, sides.width])
})

test('a page names classes and files, says what is not shown, and asks for nothing', async () => {
  const folder = temporaryFolder()
  for (const [name, colour] of [
    ['<b>', 40],
    ['b&c', 200],
  ] as const) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'x.png'), png(noisyPixels([colour, 9, 9], 32, 1), 32, 32))
  }
  const page = (
    await draw('.html', { data: folder, preset: 'mae-base', augmentation: { flip: 0 } })
  ).toString()
  expect(page.match(/<img\s+src="data:image\/jpeg;base64,/g)).toHaveLength(2 * 3)
  expect(page).toContain('&lt;b&gt;')
  expect(page).not.toContain('<b>')
  expect(page).toContain('mixup or cutmix then mixes')
  expect(page).toMatch(/&quot;erasing&quot;: 0\.25/)
  expect(page).toMatch(/&quot;flip&quot;: 0,/)
  expect(page).not.toMatch(/https?:/)
})

test('several labels of a picture are all named', async () => {
  const [one, other] = ['blue', 'red'].map((name) => join(data, name, '0.png'))
  const samples = [
    { image: one!, label: ['sea', 'sky'] },
    { image: other!, label: ['fire'] },
  ]
  const page = (await draw('.html', { data: samples })).toString()
  expect(page).toContain('alt="sea, sky, as evaluated"')
  expect(page).toContain('alt="fire, training view 2"')
})

test('the same seed draws the same sheet, another one another', async () => {
  const erased = { augmentation: { randAugment: 'rand-m9-mstd0.5-inc1', erasing: 1 } }
  const first = await draw('.png', erased)
  expect((await draw('.png', erased)).equals(first)).toBe(true)
  expect((await draw('.png', { ...erased, seed: 1 })).equals(first)).toBe(false)
  expect((await draw('.png')).equals(first)).toBe(false)
})

test.each<[string, Partial<ContactSheetOptions>, string]>([
  ['an ending that is none of these', { out: 'sheet.gif' }, 'out'],
  ['no file', { out: undefined }, 'out'],
  ['an unknown option', { rows: 3 } as Partial<ContactSheetOptions>, 'rows'],
  ['no pictures', { pictures: 0 }, 'pictures'],
  ['a side that no JPEG could hold many times', { imageSize: { height: 32, width: 1025 } }, 'imageSize'],
  ['more pixels than it takes', { imageSize: 512, pictures: 50, views: 20 }, 'pictures'],
  ['a policy that is none', { augmentation: { randAugment: 'auto' } }, 'augmentation.randAugment'],
  ['a preset that is not there', { preset: 'mae' }, 'preset'],
])('refuses %s', async (_, options, path) => {
  const out = join(temporaryFolder(), 'sheet.png')
  await expect(contactSheet({ ...small, out, ...options })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    details: { issues: [expect.objectContaining({ path })] },
  })
})

test('a folder that is not there, a bad picture and an abort leave no file', async () => {
  const folder = temporaryFolder()
  const out = join(folder, 'sheet.html')
  const failing = (options: Partial<ContactSheetOptions>) => contactSheet({ ...small, ...options, out })
  await expect(failing({ data: join(folder, 'none') })).rejects.toMatchObject({ code: 'ERR_FILE' })
  const reason = new Error('enough')
  await expect(failing({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const broken = colourFolder(1, 32)
  writeFileSync(join(broken, 'red', '0.jpg'), readFileSync(join(images, 'china.jpg')).subarray(0, 20_000))
  await expect(failing({ data: broken })).rejects.toMatchObject({
    code: 'ERR_IMAGE_DECODE',
    message: expect.stringContaining('0.jpg'),
  })
  expect(readdirSync(folder)).toEqual([])
})

test('a file that cannot be written is ERR_FILE', async () => {
  const out = join(data, 'red', '0.png', 'sheet.png') // a file where a folder would be
  await expect(contactSheet({ ...small, out })).rejects.toMatchObject({ code: 'ERR_FILE' })
})
