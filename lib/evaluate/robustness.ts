/** The robustness suite: the same pictures again under every corruption at every severity. */
import { allCorruptions, commonCorruptions, isImageNet, type RobustnessConfig } from '../config'
import { robustnessScoresAsync, type RobustnessScores } from '../metrics'
import { changedExample, type ChangedExample } from './changed-example'
import { cleanAnswers, decisionsUnder, type ChangedOptions, type CleanAnswers } from './changed-pictures'

export interface RobustnessOptions extends ChangedOptions {
  readonly config: RobustnessConfig
  /** Longest side of the example's pictures, in pixels; 0: none. */
  readonly thumbnailSize: number
  /** Why not all pictures were judged, where it is so. */
  readonly notes: readonly string[]
}

export interface Robustness extends RobustnessScores {
  readonly severities: readonly number[]
  /** Corruptions that the means are over. */
  readonly averaged: readonly string[]
  /** One picture under each corruption, at the middle of the severities; absent where pictures are left out. */
  readonly example?: Omit<ChangedExample, 'changed'> & {
    readonly severity: number
    readonly corrupted: ChangedExample['changed']
  }
  readonly notes: readonly string[]
}

/** Evaluates the run on `rows` of the split; the results are kept beside the run. */
export async function evaluateRobustness(rows: Int32Array, options: RobustnessOptions): Promise<Robustness> {
  const { clean, config, plan, signal } = options
  const { corruptions, severities } = config
  const answers = cleanAnswers(rows, clean)
  const corrupted = await corruptedRight(answers, options)
  const averaged: readonly string[] = commonCorruptions.filter((name) => corruptions.includes(name))
  const means = averaged.length > 0 ? averaged : corruptions
  const scores = await robustnessScoresAsync({
    ...{ corruptions, severities, averaged: means, isImageNet: isImageNet(plan.dataset.classes) },
    ...{ clean: rightOf(answers.decisions, answers), corrupted },
  })
  signal.throwIfAborted()
  const example = options.thumbnailSize > 0 ? await exampleOf(options) : undefined
  return {
    ...scores,
    severities,
    averaged: means,
    ...(example ? { example } : {}),
    notes: [...options.notes, ...notesOf(config)],
  }
}

async function exampleOf(options: RobustnessOptions): Promise<Robustness['example']> {
  const { config, clean, plan } = options
  const { corruptions, severities } = config
  const severity = severities[Math.floor((severities.length - 1) / 2)]!
  const changes = corruptions.map((name) => ({ corruption: { name, severity, seed: plan.seed } }))
  const example = await changedExample(changes, { ...options, model: clean.model })
  if (example === undefined) return undefined
  const { changed, ...picture } = example
  return { ...picture, severity, corrupted: changed }
}

function notesOf({ corruptions, severities }: RobustnessConfig): string[] {
  const left = allCorruptions.length - corruptions.length
  return [
    ...(left > 0 ? [`${left} of ImageNet-C's ${allCorruptions.length} corruptions were left out`] : []),
    ...(severities.length < 5 ? [`Of the severities 1 to 5 only ${severities.join(', ')}`] : []),
  ]
}

/** [corruptions, severities, samples], 1: right. */
async function corruptedRight(answers: CleanAnswers, options: RobustnessOptions): Promise<Uint8Array> {
  const { corruptions, severities } = options.config
  const { samples } = answers
  const changes = corruptions.flatMap((name) =>
    severities.map((severity) => ({
      key: `${name}, severity ${severity}`,
      loading: { corruption: { name, severity, seed: options.plan.seed } },
    })),
  )
  const kept = {
    ...{ name: 'robustness', changes },
    pack: (decisions: Int32Array) => packed(rightOf(decisions, answers)),
    isWhole: (bits: string) => unpacked(bits).length >= samples.length,
  }
  const found = new Uint8Array(changes.length * samples.length)
  for (const [index, bits] of (await decisionsUnder(kept, samples, options)).entries())
    found.set(unpacked(bits).subarray(0, samples.length), index * samples.length)
  return found
}

const rightOf = (decisions: Int32Array, { labels }: CleanAnswers): Uint8Array =>
  Uint8Array.from(decisions, (decided, row) => Number(decided === labels[row]))

/** A bit each, the first the lowest of the first byte, in base64. */
function packed(right: Uint8Array): string {
  const bytes = Buffer.alloc(Math.ceil(right.length / 8))
  right.forEach((bit, row) => (bytes[row >> 3]! |= bit << (row & 7)))
  return bytes.toString('base64')
}

function unpacked(bits: string): Uint8Array {
  const bytes = Buffer.from(bits, 'base64')
  return Uint8Array.from({ length: 8 * bytes.length }, (_, row) => (bytes[row >> 3]! >> (row & 7)) & 1)
}
