/** The pictures of test/fixtures, training on a folder that has some of them, and the error that comes of it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IjepaError, Trainer, type Run, type TrainEvent } from '../../lib'
import { colourFolder, temporaryFolder, tinyEncoder } from '../pictures'

/** Made by scripts/pictures. */
export const fixtures = join(__dirname, '../fixtures/pictures')
/** Of bad pictures: the code of each one's error. */
export const codes = JSON.parse(readFileSync(join(fixtures, 'bad.json'), 'utf8')) as Record<string, string>
export const oneOfEachFormat = [
  '444.jpg',
  'rgb-8.png',
  'lossy.webp',
  'palette.gif',
  'lzw.tif',
  '420.avif',
  'rgb-24.bmp',
  'binary.ppm',
  'text.pgm',
  'binary.pbm',
]
export const recipe = {
  epochs: 2,
  batchSize: 8,
  learningRate: 1e-3,
  warmupEpochs: 0,
  progress: 'none',
} as const

/** Of colour folders: two classes. */
export async function makeTrainer(train: string, onBadImage: 'throw' | 'skip' = 'throw'): Promise<Trainer> {
  return Trainer.create({
    encoder: tinyEncoder,
    data: { train, validation: colourFolder(4, 32, 900), onBadImage },
    directory: temporaryFolder(),
    threads: 2,
  })
}

/** Trains on `train` to its end, or to its error. */
export async function trainOn(
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

/** The code, file and message of the library's error that `promise` rejects with. */
export async function errorOf(
  promise: Promise<unknown>,
): Promise<{ code: string; file: unknown; message: string }> {
  try {
    await promise
  } catch (error) {
    if (!(error instanceof IjepaError)) throw error
    return { code: error.code, file: error.details?.file, message: error.message }
  }
  throw new Error('expected an error')
}
