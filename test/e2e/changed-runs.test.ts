/** Runs whose data or configuration have changed since, and two processes on one run. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Trainer } from '../../lib'
import { noisyPixels, png, temporaryFolder, tinyEncoder } from '../pictures'
import {
  at,
  copyOf,
  finish,
  flipBit,
  goOn,
  makePictures,
  makeTrainer,
  outcome,
  probing,
  quiet,
  stop,
  type Pictures,
} from './runs'

let data: Pictures
let stopped: string
let expected: ReturnType<typeof outcome>

beforeAll(async () => {
  data = makePictures()
  expected = outcome(await finish(data))
  stopped = await stop(data, 7)
}, 60_000)

describe('what has changed since', () => {
  const refused = (directory: string, words: string) =>
    expect(goOn(directory)).rejects.toMatchObject({
      code: 'ERR_RESUME',
      message: expect.stringContaining(words) as string,
    })

  it('config.json, by hand: ERR_RESUME says what', async () => {
    const directory = copyOf(stopped)
    const config = join(directory, 'config.json')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace('"epochs": 4', '"epochs": "ten"'))
    await refused(directory, 'recipe.epochs was 4, is "ten"')
    writeFileSync(config, text.replace('"threads": 2', '"threads": -1'))
    await refused(directory, 'edited by hand')
    writeFileSync(config, text.slice(0, -20))
    await refused(directory, 'is not JSON')
    writeFileSync(config, text)
    expect(outcome((await goOn(directory)).run)).toEqual(expected)
  })

  describe('data', () => {
    let own: Pictures
    let directory: string
    beforeAll(async () => {
      own = makePictures()
      directory = await stop(own, 4)
    })

    it.each<[string, () => void, string]>([
      [
        'the content of a picture',
        () => flipBit(join(own.train, 'red', '3.png')),
        "train, class 'red': the content of a picture has changed",
      ],
      [
        'the size of a picture',
        () =>
          writeFileSync(join(own.validation, 'blue', '1.png'), png(noisyPixels([9, 9, 9], 40, 1), 40, 40)),
        "validation, class 'blue': the name or size of a picture has changed",
      ],
      [
        'one picture more',
        () => cpSync(join(own.train, 'blue', '0.png'), join(own.train, 'blue', '99.png')),
        "train, class 'blue': 13 pictures, there were 12",
      ],
      [
        'a class more',
        () => cpSync(join(own.train, 'red'), join(own.train, 'violet'), { recursive: true }),
        "class 'violet' is new",
      ],
    ])('%s', async (_, change, words) => {
      const kept = temporaryFolder()
      cpSync(own.train, join(kept, 'train'), { recursive: true })
      cpSync(own.validation, join(kept, 'validation'), { recursive: true })
      change()
      await refused(directory, words)
      for (const name of ['train', 'validation'] as const) {
        rmSync(own[name], { recursive: true })
        cpSync(join(kept, name), own[name], { recursive: true })
      }
    })

    it('put back: the run goes on', async () => {
      expect((await goOn(directory)).run.history).toHaveLength(4)
    })
  })

  it("a probe's encoder", async () => {
    const folder = temporaryFolder()
    const encoders = await Promise.all(
      [1, 2].map(async (seed) => {
        const encoder = { ...tinyEncoder, seed }
        const trainer = await Trainer.create({
          encoder,
          data,
          directory: join(folder, String(seed)),
          threads: 2,
        })
        const { directory } = await trainer.linearProbe(probing)
        await trainer.dispose()
        return at(directory, 'best')
      }),
    )
    const encoder = join(folder, 'encoder')
    cpSync(encoders[0]!, encoder, { recursive: true })
    const trainer = await Trainer.create({ encoder, data, directory: folder, threads: 2 })
    const { directory } = await trainer.linearProbe(probing)
    await trainer.dispose()
    rmSync(at(directory, 'last'), { recursive: true }) // killed before its last save
    cpSync(encoders[1]!, encoder, { recursive: true })
    await refused(directory, 'The features of the encoder')
    cpSync(encoders[0]!, encoder, { recursive: true })
    expect((await goOn(directory)).run.history).toHaveLength(4)
  })
})

describe('two on one run', () => {
  it('the second is refused with the process and the lock file, and may come when the first has ended', async () => {
    const directory = copyOf(stopped)
    const first = Trainer.resume(directory, quiet)
    await expect(
      (async () => {
        for await (const event of first) {
          if (event.type === 'start') return Trainer.resume(directory, quiet)
        }
        return undefined
      })(),
    ).rejects.toMatchObject({ code: 'ERR_BUSY', details: { pid: process.pid } })
    expect(outcome(await first)).toEqual(expected)
    expect((await goOn(directory)).warnings).toEqual([])
  })

  it('the lock of an aborted run is released when its state is saved', async () => {
    const trainer = await makeTrainer(data)
    const stopping = new AbortController()
    let directory = ''
    let locked = 0
    const run = trainer.finetune({
      ...quiet,
      signal: stopping.signal,
      onEvent: (event) => {
        if (event.type === 'start') directory = event.directory
        if (event.type !== 'step') return
        locked = readdirSync(directory).filter((name) => name.startsWith('lock.')).length
        stopping.abort(new Error('stopped'))
      },
    })
    await expect(run).rejects.toThrow('stopped')
    await trainer.dispose()
    expect(locked).toBe(1)
    expect(readdirSync(directory).filter((name) => name.startsWith('lock.'))).toEqual([])
    expect(existsSync(at(directory, 'last', 'checksums.json'))).toBe(true)
  })
})
