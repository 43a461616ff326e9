/** A saved classifier checks itself: four synthetic pictures, never of the data, and the logits that it gave for them. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sequentialOrder, unlabelled } from '../dataset'
import { IjepaError } from '../errors'
import type { Session } from '../native'
import { evaluationLoader } from './evaluation-loader'
import { logitsOf } from './logits'
import type { ModelDescription } from './model-folder'

export const selfCheckFile = 'self_check.json'
const pictures = 4

/** Largest difference of a logit, beside 1 + its size, that other kernels and devices may make in float32. */
const tolerance = 2e-3

/** The same of a share of votes: where two pictures are as near to the last bit, another one may be the last to vote. */
const voteTolerance = 0.05

export interface SelfCheck {
  /** One row a picture. */
  readonly logits: readonly (readonly number[])[]
}

export async function runSelfCheck(
  session: Session,
  model: ModelDescription,
  signal?: AbortSignal,
): Promise<SelfCheck> {
  const { geometry, preprocessing, classes } = model
  const { imageHeight: height, imageWidth: width } = geometry
  const images = Array.from({ length: pictures }, (_, index) => {
    const bytes = createHash('shake256', { outputLength: 3 * height * width })
    const data = new Uint8Array(bytes.update(`ijepa-classify self-check ${index}`).digest())
    return { data, width, height, channels: 3 as const }
  })
  const reading = { batchSize: pictures, threads: 1, alpha: 'white', onBadImage: 'throw' } as const
  const loader = evaluationLoader(unlabelled(images), { geometry, preprocessing, ...reading })
  try {
    const order = sequentialOrder(pictures)
    const options = { precision: 'fp32', ...(signal ? { signal } : {}) } as const
    const { logits } = await logitsOf(session, loader, order, classes.length, options)
    return {
      logits: images.map((_, row) => [...logits.subarray(row * classes.length, (row + 1) * classes.length)]),
    }
  } finally {
    loader.dispose()
  }
}

/**
 * Compares a loaded classifier with what was written when it was saved.
 * @throws ERR_CHECKPOINT_MISMATCH with the largest difference; ERR_FILE when the folder has no self-check
 */
export async function verifySelfCheck(
  session: Session,
  model: ModelDescription,
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  const path = join(folder, selfCheckFile)
  if (!existsSync(path)) {
    throw new IjepaError(
      'ERR_FILE',
      `${folder} has no ${selfCheckFile} to verify: load it without verify, or save it again`,
      { file: path },
    )
  }
  const saved = JSON.parse(await readFile(path, 'utf8')) as SelfCheck
  const found = await runSelfCheck(session, model, signal)
  let worst = 0
  found.logits.forEach((row, picture) => {
    row.forEach((logit, index) => {
      const before = saved.logits[picture]?.[index] ?? NaN
      const excess = model.neighbors
        ? (Math.abs(Math.exp(logit) - Math.exp(before)) * tolerance) / voteTolerance
        : Math.abs(logit - before) / (1 + Math.abs(before))
      worst = Number.isNaN(excess) ? Infinity : Math.max(worst, excess)
    })
  })
  if (worst > tolerance) {
    const message = `${folder} gives other logits than when it was saved (relative difference ${worst.toPrecision(2)}): its files were changed or are damaged`
    throw new IjepaError('ERR_CHECKPOINT_MISMATCH', message, { file: folder, difference: worst })
  }
}
