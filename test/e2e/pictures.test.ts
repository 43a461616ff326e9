/** Odd, damaged and hostile pictures, as people meet them in prediction. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import type { Classifier } from '../../lib'
import { colourFolder, noisyPixels, png, temporaryFolder } from '../pictures'
import { codes, errorOf, fixtures, oneOfEachFormat, trainOn } from './odd-pictures'

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
    for (const name of oneOfEachFormat)
      for (const odd of ['no ending', 'a.jpg', 'a.png', 'a.svg']) {
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
