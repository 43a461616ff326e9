/** Recipes by name: each states only what differs from the defaults, where it is from, and what it is expected to give. */
import type { FinetuneOptions, LinearProbeOptions } from '../api'
import { attentivePresets } from './attentive-presets'
import { adamwProbe, autoProbe, updatesBySize } from './auto-probe'
import type { RecipeContext } from './config'
import { publishedPresets } from './published-presets'
import { publishedProbes } from './published-probes'

export interface Preset<Options, Given = Options> {
  /** What it is for, in one sentence. */
  readonly summary: string
  readonly source: string
  /** Result that it gave, and on what. */
  readonly expected: string
  /** What the source leaves open, and what is done here. */
  readonly ambiguous?: string
  readonly command: string
  /** `given`: what is said beside the preset, which wins where both say something. */
  options(context: RecipeContext, given?: Given): Options
  /** Why it chose what depends on the encoder and the data, by option; absent where nothing does. */
  reasons?(context: RecipeContext, given?: Given): Readonly<Record<string, string>>
}

/** A preset of updates says how many there are and how fast they are. */
type Sized<Options extends { epochs?: number; batchSize?: unknown }> = Omit<Options, 'preset'> & {
  readonly epochs: number
  readonly batchSize: number
} & ({ readonly learningRate: number } | { readonly baseLearningRate: number })

/** Fitted at once. */
type Fitted = Omit<LinearProbeOptions, 'preset'> &
  ({ readonly c: readonly number[] } | { readonly k: readonly number[] })

export type LinearProbePreset = Preset<Sized<LinearProbeOptions> | Fitted, LinearProbeOptions>
export type FinetunePreset = Preset<Sized<FinetuneOptions>, FinetuneOptions>

/** 2,000 photographs, 100 epochs at batch 256: `npm run demo`. */
const demoProbe: LinearProbePreset = {
  summary: "The demo's probe: standardised features, AdamW at 3e-3, 100 epochs at batch 256",
  source: "the project's own recipe, run with PyTorch 2.13 over five seeds",
  expected: 'top-1 38.20 % ± 0.41 on the 1,000 held-out photographs of the demo',
  command: 'npm run demo',
  options: () => ({ epochs: 100, batchSize: 256, learningRate: 3e-3 }),
}

const quickProbe: LinearProbePreset = {
  summary: 'A first look: as adamw, in 20 epochs',
  source: 'the default with fewer epochs; not a published recipe',
  expected: 'no published number: to be compared with adamw on the same pictures',
  command: 'npm run probe -- --encoder ENCODER --data DIR --preset quick',
  options: (context) => ({ ...updatesBySize(context), epochs: 20 }),
}

/** 2,000 photographs, 20 epochs at batch 64, warm-up of 2: `npm run demo`. */
const demoFinetune: FinetunePreset = {
  summary: "The demo's fine-tune: AdamW at 1e-3, layer decay 0.75, 20 epochs at batch 64",
  source: "the project's own recipe, run with PyTorch 2.13 in bf16 over five seeds",
  expected: 'top-1 42.18 % ± 0.82 on the 1,000 held-out photographs of the demo',
  command: 'npm run demo',
  options: () => ({ epochs: 20, batchSize: 64, learningRate: 1e-3 }),
}

/** Between the demo's measured rate at width 128 and I-JEPA's at width 1,280 (1e-4 for 256 pictures, Table 15). */
const baseLearningRateOfWidth = (embedDim: number): number => 0.512 / embedDim

/** Enough updates for hundreds of pictures, no more epochs than needed for thousands. */
const small: FinetunePreset = {
  summary: 'The default, for hundreds to thousands of pictures: some 40,000 views, in 10 to 50 epochs',
  source:
    "after I-JEPA's 1 % fine-tuning (arXiv 2301.08243, appendix A: layer decay 0.75, label smoothing 0.1) and MAE's",
  expected:
    'no published number; on the 2,000 photographs of the demo it is demo-finetune: top-1 42.18 % ± 0.82',
  command: 'npm run finetune -- --encoder ENCODER --data DIR',
  options: ({ trainImages, embedDim }) => ({
    epochs: Math.min(50, Math.max(10, Math.round(40_000 / Math.max(1, trainImages)))),
    batchSize: trainImages < 1_000 ? 16 : 64,
    baseLearningRate: baseLearningRateOfWidth(embedDim),
  }),
  reasons: ({ trainImages, embedDim }) => ({
    epochs: `some 40,000 views, of ${trainImages.toLocaleString('en')} training pictures, within 10 to 50 epochs`,
    batchSize: trainImages < 1_000 ? '16 below 1,000 pictures' : '64 from 1,000 pictures on',
    baseLearningRate: `0.512 / width, which is ${embedDim}`,
  }),
}

const quickFinetune: FinetunePreset = {
  summary: 'A first look: the last two blocks and the head, 3 epochs',
  source: 'the default with fewer epochs and a frozen trunk; not a published recipe',
  expected: 'no published number: to be compared with small on the same pictures',
  command: 'npm run finetune -- --encoder ENCODER --data DIR --preset quick',
  options: (context) => ({
    ...small.options(context),
    epochs: 3,
    freeze: [{ from: 0, train: ['head', `blocks.-${Math.min(2, context.depth)}..`] }],
  }),
}

export const linearProbePresets: Readonly<Record<string, LinearProbePreset>> = {
  auto: autoProbe,
  adamw: adamwProbe,
  quick: quickProbe,
  'demo-probe': demoProbe,
  ...publishedProbes,
  ...attentivePresets,
}

export const finetunePresets: Readonly<Record<string, FinetunePreset>> = {
  auto: small,
  small,
  quick: quickFinetune,
  'demo-finetune': demoFinetune,
  ...publishedPresets,
}
