/** Odd, damaged, hostile, moved and vanishing pictures in training. */
import { execFileSync } from 'node:child_process'
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
import { Trainer, type TrainEvent } from '../../lib'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'
import { codes, errorOf, fixtures, makeTrainer, oneOfEachFormat, recipe, trainOn } from './odd-pictures'

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

  it("leaves every kind of bad picture out under 'skip', and lists it", async () => {
    const folder = colourFolder(8, 32)
    const files = Object.keys(codes).map((name, i) => {
      const file = join(folder, 'red', `${i}.jpg`) // by its name a picture, whatever it is
      copyFileSync(join(fixtures, 'bad', name), file)
      return file
    })
    const trainer = await makeTrainer(folder, 'skip')
    const run = await trainer.finetune({ ...recipe, epochs: 1, batchSize: 1 }) // leaves no last batch unread
    const report = await trainer.evaluate([run], { split: 'validation', progress: 'none' })
    const { skipped } = report.data.data as { skipped: { count: number; files: { file: string }[] } }
    expect(skipped.count).toBe(files.length)
    for (const { file } of skipped.files) expect(files).toContain(file)
    await trainer.dispose()
  })

  it("says under 'throw' which pictures the listing refuses, all at once", async () => {
    const folder = colourFolder(4, 32)
    const files = ['empty.jpg', 'notes.jpg', 'page.png', 'pointer.jpg', 'zeros.png'].map((name) => {
      copyFileSync(join(fixtures, 'bad', name), join(folder, 'blue', name))
      return join(folder, 'blue', name)
    })
    const error = await errorOf(makeTrainer(folder))
    expect(error.code).toMatch(/^ERR_IMAGE_(DECODE|REFUSED)$/)
    for (const file of files) expect(error.message).toContain(file)
  })

  it('takes every format by its content, from folders and files of any name', async () => {
    const folder = join(temporaryFolder(), 'Bilder für Ωmega 写真 🌷')
    for (const label of ['a class', 'žlutý 花']) {
      mkdirSync(join(folder, label), { recursive: true })
      oneOfEachFormat.forEach((name, i) => {
        copyFileSync(
          join(fixtures, name),
          join(folder, label, `it's ${i} of 100% "花".${i % 2 ? 'png' : 'jpg'}`),
        )
      })
    }
    const trainer = await Trainer.create({
      encoder: tinyEncoder,
      data: { train: folder, validation: 'none' },
      directory: temporaryFolder(),
      threads: 2,
    })
    const run = await trainer.finetune({ ...recipe, epochs: 1 })
    const report = await trainer.evaluate([run], { split: folder, progress: 'none' })
    expect(report.data).toMatchObject({ data: { skipped: { count: 0 } } })
    const trained = await run.classifier()
    expect([...trained.classes].sort()).toEqual(['a class', 'žlutý 花'])
    await trained.dispose()
    await trainer.dispose()
  })

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
        'is written to': (file: string) => {
          writeFileSync(file, readFileSync(file))
        },
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

  it.each([
    ['grows', (file: string) => appendFileSync(file, 'more')],
    ['vanishes', (file: string) => rmSync(file)],
  ])('names a tar that %s between epochs', async (_, change) => {
    const folder = colourFolder(4, 32)
    const tar = join(temporaryFolder(), 'pictures.tar')
    execFileSync('tar', ['-cf', tar, '-C', folder, 'blue', 'red'])
    const running = trainOn(tar, 'skip', (event) => {
      if (event.type === 'epoch' && event.epoch === 0) change(tar)
    })
    expect(await errorOf(running)).toMatchObject({ code: 'ERR_FILE', file: tar })
  })

  it('names a picture of the validation data that changes between epochs', async () => {
    const validation = colourFolder(4, 32, 900)
    const file = join(validation, 'blue', '0.png')
    const trainer = await Trainer.create({
      encoder: tinyEncoder,
      data: { train: colourFolder(4, 32), validation, onBadImage: 'skip' },
      directory: temporaryFolder(),
    })
    const onEvent = (event: TrainEvent) => {
      if (event.type === 'epoch' && event.epoch === 0) writeFileSync(file, readFileSync(file))
    }
    expect(await errorOf(trainer.finetune({ ...recipe, onEvent }))).toMatchObject({ code: 'ERR_FILE', file })
    await trainer.dispose()
  })

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
