/** A page that explains a classifier's answers for some pictures. */
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Run, TrainerOptions } from './api'
import { resolveTrainer } from './config'
import { unlabelled, type Split } from './dataset'
import { IjepaError } from './errors'
import { nearestTraining } from './evaluate'
import {
  explainPictures,
  openClassifier,
  seenPictures,
  type ExplainedPicture,
  type ModelDescription,
} from './inference'
import type { LoadOptions } from './classifier'
import { probabilitiesOf, topK } from './metrics'
import { grantedProcessors, packageVersion, resolveDevice, type Session } from './native'
import { planOf } from './open-plan'
import { attentionMap, explanationPage, signedMap, writeWhole, type ExplainedEntry } from './report'
import { RunFolder, type Plan, type Repetition } from './train'

/** Predictions that get a map of their own. */
const explained = 3
const [neighborsOfEach, thumbnailSize] = [8, 128] as const
/** Training pictures that are encoded to find neighbours among, where the features of all are not in the cache. */
const encodedPictures = 256
/** Longest side of a picture on the page, in pixels. */
const pictureSize = 448

export interface ExplainPageOptions extends Pick<
  LoadOptions,
  'device' | 'threads' | 'preprocessing' | 'signal'
> {
  /** Page that is written. */
  readonly out: string
  /** Predictions that are listed. @default min(5, classes) */
  readonly topK?: number
  /** Training pictures whose features were computed for the neighbours, and how many will be. */
  readonly onProgress?: (done: number, total: number) => void
}

/** What the page is made with, while the classifier is loaded. */
interface Context {
  readonly session: Session
  readonly model: ModelDescription
  readonly loading: Parameters<typeof explainPictures>[1]
  readonly options: ExplainPageOptions
}

/**
 * Writes one page of what the answers for these pictures rest on: gradient × activation for the first three classes, attention
 * rollout, and the nearest training pictures where `run` is a run's folder whose data are still there.
 * @throws as Classifier.load and explain; ERR_FILE: the page cannot be written
 */
export async function explainPage(
  run: string,
  images: readonly string[],
  options: ExplainPageOptions,
): Promise<void> {
  const { device = 'auto', threads = grantedProcessors(), preprocessing, signal, out } = options
  const { session, model } = await openClassifier(run, {
    device: resolveDevice(device),
    threads,
    ...(preprocessing ? { preprocessing } : {}),
    ...(signal ? { signal } : {}),
  })
  try {
    const loading = {
      geometry: model.geometry,
      preprocessing: model.preprocessing,
      threads,
      alpha: 'white',
    } as const
    const context = { session, model, loading, options }
    const entries = await entriesOf(images, context)
    const { note, neighbors } = await neighborsOf(run, images, context)
    const page = explanationPage({
      model: basename(run),
      entries: entries.map((entry, i) => ({ ...entry, neighbors: neighbors[i] ?? [] })),
      neighborsNote: note,
      multiLabel: model.multiLabel,
      library: { name: 'ijepa-classify', version: packageVersion() },
    })
    await writeWhole(out, page)
  } finally {
    await session.dispose()
  }
}

async function entriesOf(
  images: readonly string[],
  { session, model, loading, options }: Context,
): Promise<Omit<ExplainedEntry, 'neighbors'>[]> {
  const { classes, multiLabel } = model
  const { signal } = options
  const table = unlabelled(images)
  const request = (method: 'gradient' | 'attention') => ({ method, ...(signal ? { signal } : {}) })
  const attention = await explainPictures(session, loading, table, request('attention'))
  const listed = Math.min(options.topK ?? 5, classes.length)
  const ranked = attention.map(({ logits }) => topK(logits, listed))
  const gradients: (readonly ExplainedPicture[])[] = []
  for (let rank = 0; rank < Math.min(explained, listed); rank++) {
    const label = Int32Array.from(ranked, (best) => best[rank]!)
    gradients.push(await explainPictures(session, loading, { ...table, label }, request('gradient')))
  }
  const pictures = await seenPictures(table, loading, pictureSize)
  return attention.map((picture, i) => {
    const probabilities = probabilitiesOf(picture.logits, multiLabel)
    return {
      file: basename(images[i]!),
      picture: base64(pictures[i]!),
      attention: attentionMap(picture),
      predictions: ranked[i]!.map((index, rank) => {
        const gradient = gradients[rank]?.[i]
        return {
          label: classes[index]!,
          probability: probabilities[index]!,
          ...(gradient ? { map: signedMap(gradient) } : {}),
        }
      }),
    }
  })
}

/** The nearest training pictures of each picture, or why there are none. */
async function neighborsOf(
  run: string,
  images: readonly string[],
  { session, model, options }: Context,
): Promise<{ note: string; neighbors: readonly ExplainedEntry['neighbors'][] }> {
  const opened = await openRun(run, options)
  if (typeof opened === 'string') return { note: opened, neighbors: [] }
  const found = await nearestTraining(session, {
    ...opened,
    model,
    queries: asSplit(images),
    count: neighborsOfEach,
    encode: encodedPictures,
    size: thumbnailSize,
    ...(options.signal ? { signal: options.signal } : {}),
    emit: (event) => {
      if (event.type === 'evaluate') options.onProgress?.(event.done, event.total)
    },
  })
  const { classes } = opened.plan.dataset
  const neighbors = found.neighbors.map((own) =>
    own.map(({ file, label, similarity, thumbnail }) => ({
      file,
      label: classes[label]!,
      similarity,
      thumbnail: base64(thumbnail),
    })),
  )
  const among = found.searched < found.of ? `${found.searched} of the ${found.of}` : `the ${found.of}`
  const note = `By the cosine of the classifier’s pooled features, among ${among} training images.`
  return { note, neighbors }
}

/** What the run in the folder was trained on; a sentence where that cannot be told any more. */
async function openRun(
  directory: string,
  { device, signal }: ExplainPageOptions,
): Promise<{ plan: Plan; run: Pick<Run, 'kind' | 'config'> } | string> {
  if (!existsSync(join(directory, 'config.json')) || !existsSync(join(directory, 'checkpoints')))
    return 'Not shown: this classifier is not in its run’s folder, which knows its training images.'
  try {
    const config = await new RunFolder(directory).readConfig()
    const { kind, trainer, repetition, dataFingerprint } = config as {
      kind: Run['kind']
      trainer: TrainerOptions
      repetition?: Repetition
      dataFingerprint: string
    }
    const options = resolveTrainer({ ...trainer, ...(device ? { device } : {}) })
    const plan = await planOf(options, repetition ? { repetition } : {}, signal)
    if (plan.dataset.fingerprint === dataFingerprint) return { plan, run: { kind, config } }
    return 'Not shown: the training images have changed since the run.'
  } catch (error) {
    if (!(error instanceof IjepaError)) throw error
    return `Not shown: ${error.message}`
  }
}

function asSplit(images: readonly string[]): Split {
  const table = unlabelled(images)
  return { table, names: images, labels: table.label, perClass: [], keyStarts: new Int32Array(images.length) }
}

const base64 = (jpeg: Uint8Array): string => Buffer.from(jpeg).toString('base64')
