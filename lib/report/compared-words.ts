/** The cells and sentences of a table of many runs, the same on the page, as text and in a terminal. */
import type { ComparedPart, ComparedRun, ComparedRuns, ComparedScore } from './compared-runs'
import type { Cell, Table } from './csv'
import { headline } from './sentences'
import {
  count,
  duration,
  intervalText,
  kindWords,
  listed,
  metricWords,
  millions,
  scoreText,
  scoreWords,
} from './words'

/** Metrics that the table has columns for; compare.csv has all. */
const shownMetrics = ['top1', 'mAP', 'top5', 'f1', 'macroF1', 'ece']

/** Options that a cell names; compare.csv has all. */
const shownFacts = 8
/** Characters of a value. */
const longestFact = 36

export const shown = ({ metrics }: ComparedRuns): string[] =>
  shownMetrics.filter((name) => metrics.includes(name))

/** '42.2 % ± 0.8', the deviation over seeds. */
export function comparedScoreText(metric: string, score: ComparedScore | undefined): string {
  if (score === undefined) return '–'
  const value = scoreText(metric, score.value)
  if (score.deviation === undefined) return value
  const { deviation } = score
  return `${value} ± ${scoreWords[metric]?.fraction ? (100 * deviation).toFixed(1) : deviation.toFixed(3)}`
}

/** 'learningRate 0.001, mixup 0.8 and 3 more'. */
export function factsText({ facts }: ComparedRun): string {
  const all = Object.entries(facts).map(([name, value]) => `${name} ${shortened(value)}`)
  return all.length === 0 ? '–' : listed(all, shownFacts)
}

/** Of a path the end tells most. */
function shortened(value: string): string {
  return value.length > longestFact ? `…${value.slice(1 - longestFact)}` : value
}

export function seedsText({ seeds, folds }: ComparedRun): string {
  const all = listedSeeds(seeds)
  return folds === undefined ? all : `${all} (${folds} folds)`
}

/** '0', '3, 7', '0 to 4'. */
function listedSeeds(seeds: readonly number[]): string {
  const inRow = seeds.length > 2 && seeds.every((seed, i) => i === 0 || seed === seeds[i - 1]! + 1)
  return inRow ? `${seeds[0]} to ${seeds[seeds.length - 1]}` : seeds.join(', ')
}

export function imagesText({ images }: ComparedRun): string {
  return images === null ? '–' : images.toLocaleString('en-US')
}

export function comparedColumns(compared: ComparedRuns): string[] {
  const metrics = shown(compared).flatMap((name) => [
    scoreWords[name]?.label ?? name,
    ...(isHeadline(name) ? ['95 % interval'] : []),
  ])
  return ['Run', 'Kind', 'Preset', 'Images', 'Trained', ...metrics, 'Time', 'Seeds', 'Differs in']
}

export function comparedCells(compared: ComparedRuns, run: ComparedRun): string[] {
  const metrics = shown(compared).flatMap((name) => {
    const score = run.scores[name]
    return [
      comparedScoreText(name, score),
      ...(isHeadline(name) ? [(score && intervalText(name, score)) || '–'] : []),
    ]
  })
  return [
    ...[run.name, kindWords(run.kind), run.preset, imagesText(run), millions(run.parameters.trainable)],
    ...[...metrics, duration(run.seconds), seedsText(run), factsText(run)],
  ]
}

const isHeadline = (metric: string): boolean => metric === 'top1' || metric === 'mAP'

export const comparedTitle = ({ parts }: ComparedRuns): string =>
  `${count(
    parts.reduce((sum, { runs }) => sum + runs.length, 0),
    'run',
  )} compared`

/** '1,000 images of the test split (fingerprint b2c1f0a9), which chose nothing'. */
export function partWords({ samples, split, fingerprint, usedFor }: ComparedPart): string {
  const mark = fingerprint === null ? 'no fingerprint' : `fingerprint ${fingerprint.slice(0, 8)}`
  const role = usedFor.length === 0 ? 'which chose nothing' : `which also chose ${listed(usedFor)}`
  return `Judged on ${count(samples, 'image')} of the ${split} split (${mark}), ${role}`
}

/** The best of each part, as far as it can be told. */
export function bestSentences({ parts }: ComparedRuns): string[] {
  return parts.flatMap(({ runs, samples, split }) => {
    const [best, next] = runs
    const metric = headline(best?.scores ?? {})
    const score = best?.scores[metric]
    if (!best || !score || !next) return []
    const interval = intervalText(metric, score)
    const known = interval ? ` (95 % interval ${interval})` : ''
    return [
      `Best on ${count(samples, 'image')} of the ${split} split: ${best.name}, ${metricWords(metric)} ${comparedScoreText(metric, score)}${known}${overlapWords(metric, runs)}.`,
    ]
  })
}

/** Runs whose own interval reaches the best one's value. */
function overlapWords(metric: string, runs: readonly ComparedRun[]): string {
  const [best, ...others] = runs
  const value = best?.scores[metric]?.value ?? 0
  const near = others.filter(({ scores }) => (scores[metric]?.high ?? 0) >= value)
  return near.length === 0 ? '' : `; the intervals of ${listed(near.map(({ name }) => name))} reach as far`
}

export function comparedConcerns({ parts }: ComparedRuns): string[] {
  const most = Math.max(...parts.map(({ runs }) => runs.length))
  const chose = parts.some(({ usedFor }) => usedFor.length > 0)
  const unknown = parts.some(({ fingerprint }) => fingerprint === null)
  return [
    ...(parts.length > 1
      ? [
          `The runs were judged on ${parts.length} different sets of images: rows of different parts of the table cannot be compared.`,
        ]
      : []),
    ...(unknown
      ? [
          'Some reports have no fingerprint of their images: that these are the same is only supposed, from split and number.',
        ]
      : []),
    ...(chose ? ['Where the images also chose something, the numbers are somewhat too good.'] : []),
    ...(most > 2
      ? [
          `The best of ${most} runs is so partly by chance: choose by validation images, and judge the chosen one on test images.`,
        ]
      : []),
  ]
}

/** What a list of single intervals does not say. */
export const pairedAdvice =
  'An interval tells how well one run is known. Whether one run is better than another on the same images is known more precisely: evaluate both together, which compares them image by image.'

/** compare.csv: every metric and every option in which the runs differ. */
export function comparedTable({ parts, metrics, differing }: ComparedRuns): Table {
  return {
    name: 'compare',
    columns: [
      ...['part', 'split', 'samples', 'fingerprint', 'run', 'kind', 'preset', 'images', 'trainable', 'total'],
      ...metrics.flatMap((name) => [name, `${name}Low`, `${name}High`, `${name}Deviation`]),
      ...['seconds', 'seeds', 'folds', 'directory', 'report'],
      ...differing,
    ],
    rows: parts.flatMap((part, index) =>
      part.runs.map((run): Cell[] => [
        ...[index + 1, part.split, part.samples, part.fingerprint],
        ...[run.name, run.kind, run.preset, run.images, run.parameters.trainable, run.parameters.total],
        ...metrics.flatMap((name): Cell[] => {
          const { value, low, high, deviation } = run.scores[name] ?? {}
          return [value ?? null, low ?? null, high ?? null, deviation ?? null]
        }),
        ...[run.seconds, run.seeds.join(' '), run.folds ?? null, run.directory, run.report],
        ...differing.map((name) => run.facts[name] ?? null),
      ]),
    ),
  }
}
