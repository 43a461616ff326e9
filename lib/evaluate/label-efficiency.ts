/** The label-efficiency suite: accuracy by the number of labelled pictures, with the pre-trained encoder and without. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FinetuneOptions, LinearProbeOptions, Run, TrainEvent } from '../api'
import type { LabelEfficiencyConfig } from '../config'
import { subset, type Split } from '../dataset'
import type { Encoder } from '../inference'
import {
  epochMetrics,
  labelsNeeded,
  repeated,
  type LabelEfficiency,
  type LabelMethod,
  type LabelMethodCurve,
} from '../metrics'
import { packageVersion } from '../native'
import type { Plan, Recipe, RecipeOf } from '../train'
import { evaluateAccuracy } from './accuracy'
import { KeptResults } from './kept-results'
import { labelPoints, type LabelPoint } from './label-points'
import { LowShotProbe, type LowShotFeatures } from './low-shot-probe'
import type { PictureHashes } from './picture-hashes'
import { affordable } from './quick-labels'
import { labelNotes } from './quick-words'
import type { QuickChoice } from './quick-budget'
import { stratifiedRows } from './stratified-rows'

const probed: readonly LabelMethod[] = ['probe', 'random-probe']

/** Nothing of a run is needed but its end. */
const once = { saveEvery: 1_000_000 }

/** How the suite trains: as the trainer that evaluates does. */
export interface SuiteTraining {
  probe(options: LinearProbeOptions, plan: Plan): RecipeOf<'linear-probe'>
  finetune(options: FinetuneOptions, plan: Plan): RecipeOf<'finetune'>
  /** A run in a folder of its own below `directory`, without events. */
  train(plan: Plan, recipe: Recipe, directory: string, signal: AbortSignal): Promise<Run>
}

export interface LabelEfficiencyOptions {
  readonly plan: Plan
  /** What judges. */
  readonly split: Split
  readonly hashes: PictureHashes
  readonly config: LabelEfficiencyConfig
  /** What there is time for; undefined: for all, fine-tuning and training from scratch too. */
  readonly quick?: QuickChoice
  /** Features of the probes. */
  readonly features: LowShotFeatures
  readonly training: SuiteTraining
  /** Where results are kept, so that a suite that was stopped goes on. */
  readonly file: string
  readonly signal: AbortSignal
  readonly emit: (event: TrainEvent) => void
}

/** @throws ERR_DATASET: a class has no training picture, or a list names none of one */
export async function evaluateLabelEfficiency(options: LabelEfficiencyOptions): Promise<LabelEfficiency> {
  const suite = await LabelSuite.open(options)
  const curves: LabelMethodCurve[] = []
  for (const method of suite.methods) curves.push(await suite.curve(method))
  const points = suite.points.map(({ name, images }) => ({ name, images }))
  const pairs = [
    ['probe', 'random-probe'],
    ['finetune', 'scratch'],
  ] as const
  return {
    points,
    seeds: options.config.seeds,
    features: options.features,
    curves,
    needed: pairs.flatMap(([method, baseline]) => compared(points, curves, method, baseline)),
    notes: suite.notes,
  }
}

class LabelSuite {
  readonly methods: readonly LabelMethod[]
  private done = 0

  static async open(options: LabelEfficiencyOptions): Promise<LabelSuite> {
    const { plan, config, split, hashes, quick, features, file, signal } = options
    const { train, classes } = plan.dataset
    const rows = await stratifiedRows(split, quick?.judgedImages ?? null, options)
    const judging = subset(split, rows)
    const found = await labelPoints({ train, classes, config, seed: plan.seed, signal })
    const points = affordable(found.points, quick)
    const large = found.points.filter((point) => !points.includes(point)).map(({ name }) => name)
    const judged = { images: rows.length, of: split.labels.length }
    const notes = [...found.notes, ...(quick ? labelNotes(quick, large, judged) : [])]
    const identity = {
      version: packageVersion(),
      encoder: [plan.encoder.info, plan.encoder.plan, plan.encoder.seed],
      data: plan.dataset.fingerprint,
      judgedOn: [await hashes.of(rows), Array.from(judging.labels)],
      preprocessing: plan.preprocessing,
      features,
      seed: plan.seed,
    }
    const kept = await KeptResults.open(file, identity, (value) => typeof value === 'number')
    return new LabelSuite({ ...options, split: judging }, points, notes, kept)
  }

  private constructor(
    private readonly options: LabelEfficiencyOptions,
    readonly points: readonly LabelPoint[],
    readonly notes: readonly string[],
    private readonly kept: KeptResults<number>,
  ) {
    this.methods = options.quick === undefined ? [...probed, 'finetune', 'scratch'] : probed
  }

  async curve(method: LabelMethod): Promise<LabelMethodCurve> {
    const top1: number[][] = []
    const one = method.endsWith('probe') ? await this.probing(method) : this.training(method)
    try {
      for (const { name, rows } of this.points) {
        const values: number[] = []
        for (const [draw, samples] of rows.entries()) {
          const key = `${method}, ${name}, draw ${draw}`
          values.push(await this.kept.result(key, () => one.top1(samples, draw)))
          this.progress()
        }
        top1.push(values)
      }
    } finally {
      await one.dispose?.()
    }
    const summary = top1.map((values) => (values.length < 2 ? null : repeated(values)))
    return { method, top1, summary }
  }

  private progress(): void {
    const total = this.methods.length * this.points.length * this.options.config.seeds
    this.options.emit({ type: 'evaluate', suite: 'labelEfficiency', done: ++this.done, total })
  }

  /** Features of all that any draw trains on, encoded once; not at all where every result is there. */
  private async probing(method: LabelMethod) {
    const { plan, split, features, training, signal, emit } = this.options
    const isKept = this.points.every(({ name, rows }) =>
      rows.every((_, draw) => this.kept.has(`${method}, ${name}, draw ${draw}`)),
    )
    if (isKept) return { top1: () => Promise.resolve(NaN) }
    const { train } = plan.dataset
    const used = [...new Set(this.points.flatMap(({ rows }) => rows.flatMap((some) => Array.from(some))))]
    const all = used.length === train.labels.length
    const samples = all ? undefined : Int32Array.from(used).sort()
    const dataset = {
      ...plan.dataset,
      train: samples ? subset(train, samples) : train,
      validation: split,
    }
    const encoder = method === 'probe' ? plan.encoder : untrained(plan)
    const own = { ...plan, encoder, dataset }
    const { config } = training.probe({ preset: 'msn-lowshot', features }, own)
    const probe = await LowShotProbe.create(own, { ...config, features }, { signal, emit })
    const place = samples && new Map(Array.from(samples, (sample, index) => [sample, index]))
    return {
      top1: (rows: Int32Array) => probe.top1(place ? rows.map((row) => place.get(row)!) : rows, signal),
      dispose: () => probe.dispose(),
    }
  }

  /** Without a validation set: the last epoch is what is judged, and the pictures that judge have chosen nothing. */
  private training(method: LabelMethod) {
    const { plan, split, training, signal } = this.options
    const top1 = async (samples: Int32Array, draw: number): Promise<number> => {
      const { validation: _, ...dataset } = plan.dataset
      const encoder = method === 'finetune' ? plan.encoder : untrained(plan)
      const train = subset(dataset.train, samples)
      const own = { ...plan, encoder, seed: plan.seed + draw, dataset: { ...dataset, train } }
      const recipe = training.finetune(method === 'finetune' ? once : { ...once, layerDecay: 1 }, own)
      const directory = await mkdtemp(join(tmpdir(), 'ijepa-labels-'))
      try {
        const { directory: model } = await training.train(own, recipe, directory, signal)
        return await accuracyOf(model, { plan: own, split, signal })
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    }
    return { top1, dispose: undefined }
  }
}

async function accuracyOf(
  model: string,
  { plan, split, signal }: Pick<LabelEfficiencyOptions, 'plan' | 'split' | 'signal'>,
): Promise<number> {
  const { classes } = plan.dataset
  const { device, loading } = plan
  const onProgress = () => undefined
  const { logits, labels } = await evaluateAccuracy({
    ...loading,
    device,
    precision: 'fp32',
    model,
    split,
    classes,
    signal,
    onProgress,
  })
  return (await epochMetrics(logits, labels, classes.length)).top1!
}

/** The same architecture as it is before any training. */
function untrained({ encoder, seed }: Plan): Encoder {
  return { ...encoder, plan: [], seed }
}

function compared(
  points: LabelEfficiency['points'],
  curves: readonly LabelMethodCurve[],
  method: LabelMethod,
  baseline: LabelMethod,
): LabelEfficiency['needed'] {
  const find = (name: LabelMethod) => curves.find((curve) => curve.method === name)
  const [one, other] = [find(method), find(baseline)]
  const most = other?.top1.at(-1)
  const last = points.at(-1)
  if (!one || !most || !last) return []
  const byDraw = most.map((_, draw) =>
    points.map(({ images }, index) => ({ images, accuracy: one.top1[index]![draw]! })),
  )
  const target = most.reduce((sum, value) => sum + value, 0) / most.length
  return [{ method, baseline, target, targetImages: last.images, ...labelsNeeded(byDraw, most) }]
}
