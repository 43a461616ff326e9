/** Runs of many reports in one table: those that were judged on the same images stand together, the best first. */
import { IjepaError } from '../errors'
import type { LoadedReport } from './read-report'
import { differingNames, factsOf, inOrder, type Facts } from './recipe-differences'
import type { RepetitionSection, ReportDocument, RunSection, ScoreEntry } from './report-data'
import { headline } from './sentences'
import { scoreWords } from './words'

export interface ComparedScore extends Omit<ScoreEntry, 'method'> {
  /** Sample deviation over the seeds, of which `value` is the mean and the interval the mean's. */
  readonly deviation?: number
}

/** A run, all of a cross-validation, or one recipe with several seeds. */
export interface ComparedRun {
  /** Its name, or where others have the same its folder. */
  readonly name: string
  readonly kind: RunSection['kind']
  readonly directory: string
  /** The report.json. */
  readonly report: string
  readonly preset: string
  /** Labelled training images. */
  readonly images: number | null
  readonly parameters: RunSection['parameters']
  /** Of training; of several seeds the mean. */
  readonly seconds: number
  readonly seeds: readonly number[]
  readonly folds?: number
  readonly scores: Readonly<Record<string, ComparedScore>>
  /** What this run has of the options in which those of its kind differ that were judged on the same images. */
  readonly facts: Facts
}

/** Runs that were judged on the same images, the best first. */
export interface ComparedPart {
  readonly split: string
  readonly samples: number
  readonly usedFor: readonly string[]
  /** Of the images that were judged; null where the report has none. */
  readonly fingerprint: string | null
  readonly runs: readonly ComparedRun[]
}

export interface ComparedRuns {
  /** Of the newest report. */
  readonly createdAt: string
  readonly library: ReportDocument['library']
  /** The one with most runs first. */
  readonly parts: readonly ComparedPart[]
  /** Metrics that any run has, as they are shown. */
  readonly metrics: readonly string[]
  /** Options in which any runs differ, the most telling first. */
  readonly differing: readonly string[]
}

/**
 * A run that several reports judge on the same images is taken from the newest of them.
 * @throws ERR_ARGUMENT: no reports
 */
export function comparedRuns(reports: readonly LoadedReport[]): ComparedRuns {
  if (reports.length === 0)
    throw new IjepaError('ERR_ARGUMENT', 'Expected at least one report.json, got none')
  const newestFirst = [...reports].sort((a, b) => compareText(b.document.createdAt, a.document.createdAt))
  const found = new Map<string, Found>()
  for (const report of newestFirst) {
    for (const one of foundIn(report)) {
      const key = JSON.stringify([one.judged, one.run.directory, one.run.name])
      if (!found.has(key)) found.set(key, one)
    }
  }
  const all = [...found.values()]
  const names = all.map(({ run }) => run.name)
  const judged = [...new Set(all.map((one) => one.judged))]
  const parts = judged.map((key) =>
    partOf(
      all.filter((one) => one.judged === key),
      names,
    ),
  )
  const [newest] = newestFirst
  return {
    createdAt: newest!.document.createdAt,
    library: newest!.document.library,
    parts: parts.sort((a, b) => b.runs.length - a.runs.length),
    metrics: Object.keys(scoreWords).filter((name) => all.some(({ run }) => name in run.scores)),
    differing: inOrder(parts.flatMap(({ runs }) => runs.flatMap(({ facts }) => Object.keys(facts)))),
  }
}

interface Found {
  /** Equal where the images that were judged are. */
  readonly judged: string
  readonly document: ReportDocument
  readonly run: Omit<ComparedRun, 'facts'>
  readonly facts: { readonly common: Facts; readonly recipe: Facts }
}

/** Images, their classes, and what is asked of them. Reports of older versions know all of their data alone. */
function judgedKey({ data, evaluation }: ReportDocument): string {
  const { fingerprint, split, samples, labels } = evaluation
  const images = fingerprint ?? [data.fingerprint, split]
  return JSON.stringify([data.classes, images, samples, labels?.threshold])
}

function foundIn({ file, document }: LoadedReport): Found[] {
  const seeds = (document.repetitions ?? []).filter(({ over }) => over === 'seeds')
  const memberOf = (run: RunSection) =>
    seeds.find(({ runs }) => runs.some(({ directory }) => directory === run.directory))
  const found = (run: RunSection, repetition?: RepetitionSection): Found => ({
    judged: judgedKey(document),
    document,
    run: { ...rowOf(run, document, file), ...(repetition ? overSeeds(repetition) : {}) },
    facts: { common: commonFacts(run, document), recipe: factsOf(run.config) },
  })
  return [
    ...document.runs.filter((run) => !memberOf(run)).map((run) => found(run)),
    ...seeds.flatMap((repetition) => {
      const run = document.runs.find((one) => memberOf(one) === repetition)
      return run ? [found(run, repetition)] : []
    }),
  ]
}

function rowOf(run: RunSection, { data }: ReportDocument, report: string): Found['run'] {
  const { name, kind, directory, config, parameters, seconds, seed, folds, scores } = run
  const { preset } = config
  return {
    ...{ name, kind, directory, report, parameters, seconds, scores },
    preset: typeof preset === 'string' ? preset : '–',
    images: data.splits.train?.images ?? null,
    seeds: [seed],
    ...(folds === undefined ? {} : { folds }),
  }
}

function overSeeds({ name, runs, scores }: RepetitionSection): Partial<Found['run']> {
  const means = Object.entries(scores).map(
    ([metric, { mean, deviation, low, high }]): [string, ComparedScore] => [
      metric,
      { value: mean, low, high, deviation },
    ],
  )
  return {
    name,
    seeds: runs.map(({ seed }) => seed),
    seconds: runs.reduce((sum, run) => sum + run.seconds, 0) / runs.length,
    ...(means.length > 0 ? { scores: Object.fromEntries(means) } : {}),
  }
}

/** What the runs of both kinds have. */
function commonFacts(
  { encoder, precision }: RunSection,
  { data, evaluation, library }: ReportDocument,
): Facts {
  return factsOf({
    encoder: encoder.source,
    weights: encoder.weights,
    imageSize: encoder.imageSize,
    data: data.source,
    preprocessing: evaluation.preprocessing,
    evaluatedIn: precision,
    version: library.version,
  })
}

/**
 * Of runs that were judged on the same images. Recipes are compared within their kind: those of a probe and of a fine-tune differ in
 * nearly everything.
 */
function differencesOf(part: readonly Found[]): Record<RunSection['kind'], string[]> {
  const common = differingNames(part.map(({ facts }) => facts.common))
  const of = (kind: RunSection['kind']): string[] => {
    const recipes = part.filter(({ run }) => run.kind === kind).map(({ facts }) => facts.recipe)
    return inOrder([...common, ...differingNames(recipes)])
  }
  return { 'linear-probe': of('linear-probe'), finetune: of('finetune') }
}

function partOf(found: readonly Found[], names: readonly string[]): ComparedPart {
  const { evaluation, data } = found[0]!.document
  const differing = differencesOf(found)
  return {
    split: evaluation.split,
    samples: evaluation.samples,
    usedFor: [...new Set(found.flatMap(({ document }) => document.evaluation.usedFor))],
    fingerprint: evaluation.fingerprint ?? data.fingerprint,
    runs: found.map((one) => named(one, differing[one.run.kind], names)).sort(bestFirst),
  }
}

function named({ run, facts }: Found, differing: readonly string[], names: readonly string[]): ComparedRun {
  const all: Facts = { ...facts.recipe, ...facts.common }
  const own = differing.flatMap((name) => (name in all ? [[name, all[name]!] as const] : []))
  const isAlone = names.filter((name) => name === run.name).length === 1
  return { ...run, name: isAlone ? run.name : run.directory, facts: Object.fromEntries(own) }
}

function bestFirst(a: ComparedRun, b: ComparedRun): number {
  const value = ({ scores }: ComparedRun): number => scores[headline(scores)]?.value ?? -1
  return value(b) - value(a) || compareText(a.name, b.name)
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
