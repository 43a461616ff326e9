/** Odd, damaged, hostile, moved and vanishing pictures, as people meet them: from predict and in training. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { type Classifier, IjepaError, Trainer, type Run, type TrainEvent } from '../../lib'
import { colourFolder, noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'

const fixtures = join(__dirname, '../fixtures/pictures')
const codes = JSON.parse(readFileSync(join(fixtures, 'bad.json'), 'utf8')) as Record<string, string>
const recipe = { epochs: 2, batchSize: 8, learningRate: 1e-3, warmupEpochs: 0, progress: 'none' } as const

async function makeTrainer(train: string, onBadImage: 'throw' | 'skip' = 'throw'): Promise<Trainer> {
  return Trainer.create({
    encoder: tinyEncoder,
    data: { train, validation: colourFolder(4, 32, 900), onBadImage },
    directory: temporaryFolder(),
    threads: 2,
  })
}

/** Trains on `train` to its end, or to its error. */
async function trainOn(
  train: string,
  onBadImage: 'throw' | 'skip',
  onEvent: (event: TrainEvent) => void = () => undefined,
): Promise<Run> {
  const trainer = await makeTrainer(train, onBadImage)
  try {
    return await trainer.finetune({ ...recipe, onEvent })
  } finally {
    await trainer.dispose()
  }
}

async function errorOf(promise: Promise<unknown>): Promise<{ code: string; file: unknown; message: string }> {
  try {
    await promise
  } catch (error) {
    if (!(error instanceof IjepaError)) throw error
    return { code: error.code, file: error.details?.file, message: error.message }
  }
  throw new Error('expected an error')
}

let classifier: Classifier

beforeAll(async () => {
  const run = await trainOn(colourFolder(4, 32), 'throw')
  classifier = await run.classifier()
})

afterAll(() => classifier.dispose())

describe('predict', () => {
  it.each(Object.entries(codes))('on bad/%s gives %s with the file', async (name, code) => {
    const path = join(fixtures, 'bad', name)
    const error = await errorOf(classifier.predict(path))
    expect(error).toMatchObject({ code, file: path })
    expect(error.message).toContain(path)
  })

  it('says which picture in memory is bad, and what it is', async () => {
    const bytes = readFileSync(join(fixtures, 'bad/document.pdf'))
    const error = await errorOf(classifier.predict([readFileSync(join(fixtures, '444.jpg')), bytes]))
    expect(error).toMatchObject({ code: 'ERR_IMAGE_REFUSED', file: undefined })
    expect(error.message).toMatch(/picture 1 in memory.*PDF/)
  })

  it('goes on after a bad picture', async () => {
    await errorOf(classifier.predict(join(fixtures, 'bad/cut-420.jpg')))
    expect(await classifier.predict(join(fixtures, '420.jpg'))).toHaveLength(2)
  })

  it('needs no ending, and no right one', async () => {
    const folder = temporaryFolder()
    for (const [name, odd] of [
      ['palette.gif', 'really-a-gif.jpg'],
      ['lossy.webp', 'really-a-webp.png'],
      ['420.avif', 'no ending'],
    ] as const) {
      copyFileSync(join(fixtures, name), join(folder, odd))
      expect(await classifier.predict(join(folder, odd))).toEqual(
        await classifier.predict(join(fixtures, name)),
      )
    }
  })

  it('takes paths with spaces, other letters and links', async () => {
    const folder = join(temporaryFolder(), 'Bilder für Ωmega 写真 🌷', 'it\'s 100% "quoted"')
    mkdirSync(folder, { recursive: true })
    const [original, link, linkToLink] = ['ž ñ 花.png', 'link.png', 'link to link'].map((name) =>
      join(folder, name),
    )
    copyFileSync(join(fixtures, 'rgb-8.png'), original!)
    symlinkSync(original!, link!)
    symlinkSync(link!, linkToLink!)
    const expected = await classifier.predict(join(fixtures, 'rgb-8.png'))
    for (const path of [original!, link!, linkToLink!])
      expect(await classifier.predict(path)).toEqual(expected)
  })

  it('gives ERR_FILE for what is no file: nothing, a folder, a link to nothing, links in a circle', async () => {
    const folder = temporaryFolder()
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling.png'))
    symlinkSync(join(folder, 'b.png'), join(folder, 'a.png'))
    symlinkSync(join(folder, 'a.png'), join(folder, 'b.png'))
    for (const path of [
      join(folder, 'nothing.png'),
      folder,
      join(folder, 'dangling.png'),
      join(folder, 'a.png'),
    ])
      expect(await errorOf(classifier.predict(path))).toMatchObject({ code: 'ERR_FILE', file: path })
  })

  it('reads a PNG whose chunks unpack to 256 MB without keeping them', async () => {
    const bomb = deflateSync(Buffer.alloc(2 ** 28), { level: 1 })
    const before = process.resourceUsage().maxRSS
    for (const [type, prefix] of [
      ['zTXt', 'Comment\0\0'],
      ['iCCP', 'profile\0\0'],
      ['IDAT', ''],
    ] as const) {
      const pixels = png(noisyPixels([90, 90, 90], 8, 1), 8, 8)
      const at = type === 'IDAT' ? pixels.indexOf('IDAT') - 4 : 33 // after the header
      const chunk = pngChunk(type, Buffer.concat([Buffer.from(prefix, 'latin1'), bomb]))
      const file = Buffer.concat([pixels.subarray(0, at), chunk, pixels.subarray(at)])
      expect(await classifier.predict(file)).toHaveLength(2)
    }
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(150_000) // KiB
  })
})

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

describe('training', () => {
  /** A class folder with pictures that look good to the listing, by their first bytes, and are bad. */
  function folderWithBad(): { folder: string; files: string[] } {
    const folder = colourFolder(8, 32)
    const files = ['cut-420.jpg', '60000-by-60000.png', 'zstd.tif', 'cut-palette.gif'].map((name) => {
      const file = join(folder, 'red', name)
      copyFileSync(join(fixtures, 'bad', name), file)
      return file
    })
    return { folder, files }
  }

  it("stops at a bad picture under 'throw', naming it", async () => {
    const { folder, files } = folderWithBad()
    const error = await errorOf(trainOn(folder, 'throw'))
    expect(error.code).toMatch(/^ERR_IMAGE_(DECODE|REFUSED)$/)
    expect(files).toContain(error.file)
  })

  it.each(['finetune', 'linearProbe'] as const)(
    "%s leaves bad pictures out under 'skip', and lists each once, with its reason",
    async (kind) => {
      const { folder, files } = folderWithBad()
      const trainer = await makeTrainer(folder, 'skip')
      const warnings: string[] = []
      const onEvent = (event: TrainEvent) => {
        if (event.type === 'warning' && event.code === 'WARN_IMAGE') warnings.push(event.message)
      }
      const run = await trainer[kind]({ ...recipe, onEvent })
      expect(run.history).toHaveLength(2)
      expect(warnings).toHaveLength(1)
      for (const file of files) expect(warnings[0]).toContain(`${file}: `)
      const report = await trainer.evaluate([run], { split: 'validation', progress: 'none' })
      const { skipped } = report.data.data as { skipped: { count: number; files: { file: string }[] } }
      expect(skipped.files.map(({ file }) => file).sort()).toEqual([...files].sort())
      await trainer.dispose()
    },
  )

  it('names a file whose size changed since the data set was listed', async () => {
    for (const change of [
      (file: string) => truncateSync(file, 100),
      (file: string) => appendFileSync(file, 'more'),
    ]) {
      const folder = colourFolder(4, 32)
      const trainer = await makeTrainer(folder, 'skip')
      const file = join(folder, 'blue', '1.png')
      change(file)
      expect(await errorOf(trainer.finetune(recipe))).toMatchObject({ code: 'ERR_FILE', file })
      await trainer.dispose()
    }
  })

  it.each(['throw', 'skip'] as const)(
    'names a file that vanishes or is replaced between epochs, also under %s',
    async (onBadImage) => {
      const changes = {
        vanishes: (file: string) => rmSync(file),
        'is replaced': (file: string) => {
          writeFileSync(`${file}.new`, readFileSync(file))
          renameSync(`${file}.new`, file)
        },
      }
      for (const [what, change] of Object.entries(changes)) {
        const folder = colourFolder(4, 32)
        const file = join(folder, 'red', '2.png')
        const error = await errorOf(
          trainOn(folder, onBadImage, (event) => {
            if (event.type === 'epoch' && event.epoch === 0) change(file)
          }),
        )
        expect([what, error]).toMatchObject([what, { code: 'ERR_FILE', file }])
      }
    },
  )

  it('follows links to folders and files, and does not run in a circle', async () => {
    const folder = colourFolder(4, 32)
    symlinkSync(folder, join(folder, 'red', 'back to the top'))
    const elsewhere = join(temporaryFolder(), 'elsewhere')
    mkdirSync(elsewhere)
    copyFileSync(join(folder, 'red', '1.png'), join(elsewhere, 'linked.png'))
    symlinkSync(join(elsewhere, 'linked.png'), join(folder, 'red', 'linked.png'))
    const run = await trainOn(folder, 'throw')
    expect(run.history).toHaveLength(2)
  })
})
