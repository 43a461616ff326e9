/** What was measured of a run, as report.json holds it: of one label an image, or of several. */
import type { Analysis, Calibrated, LabelSetAnalysis, ReliabilityBin } from '../metrics'
import type {
  CalibratedSection,
  ClassEntry,
  LabelSetSection,
  ReliabilityEntry,
  RunInput,
  RunSection,
} from './report-data'
import { scoreEntries, withInterval } from './score-entries'

/** Larger thumbnails (bytes of JPEG) are left out: they would make the report too big to mail. */
const largestThumbnail = 32 * 1024

export type Results = Pick<
  RunSection,
  | 'scores'
  | 'perClass'
  | 'meanConfidence'
  | 'confusion'
  | 'confusedPairs'
  | 'reliability'
  | 'calibrated'
  | 'coverage'
  | 'mistakes'
  | 'labelIssues'
  | 'topLosses'
>

export function resultsOf(run: RunInput): Results {
  const { analysis } = run
  return 'labelSets' in analysis ? severalLabels(run, analysis) : oneLabel(run, analysis)
}

/** What is said of all runs where an image may have several labels. */
export function labelSetSection({ analysis }: RunInput): LabelSetSection | undefined {
  if (!('labelSets' in analysis)) return undefined
  const { threshold, labelsPerSample: perImage, withoutLabels } = analysis
  return { threshold, perImage, withoutLabels }
}

function oneLabel(run: RunInput, analysis: Analysis): Results {
  return {
    scores: scoreEntries(analysis),
    meanConfidence: analysis.meanConfidence,
    perClass: analysis.perClass.map(classEntry),
    confusion: sparse(analysis.scores.confusion),
    confusedPairs: analysis.confusedPairs,
    reliability: analysis.reliability.map(reliabilityEntry),
    ...(analysis.calibrated ? { calibrated: calibratedSection(analysis.calibrated) } : {}),
    coverage: analysis.coverage,
    mistakes: withPictures(analysis.mistakes, run),
    topLosses: withPictures(analysis.topLosses, run),
    labelIssues: {
      count: analysis.labelIssues.count,
      first: withPictures(analysis.labelIssues.first, run),
    },
  }
}

function reliabilityEntry(bin: ReliabilityBin): ReliabilityEntry {
  return { ...bin, confidence: bin.confidence ?? null, accuracy: bin.accuracy ?? null }
}

function calibratedSection({ temperature, reliability, ...numbers }: Calibrated): CalibratedSection {
  const { value, samples: fittedImages, fittedOn } = temperature
  return {
    ...{ temperature: value, fittedImages, fittedOn, ...numbers },
    reliability: reliability.map(reliabilityEntry),
  }
}

function severalLabels(run: RunInput, analysis: LabelSetAnalysis): Results {
  return {
    scores: scoreEntries(analysis),
    perClass: analysis.perClass.map((entry) => ({
      ...classEntry(entry),
      averagePrecision: entry.averagePrecision ?? null,
    })),
    topLosses: withPictures(analysis.topLosses, run),
  }
}

function classEntry(entry: (Analysis | LabelSetAnalysis)['perClass'][number]): ClassEntry {
  const { samples, predicted, recall, recallInterval, precision = null, f1 = null } = entry
  return {
    class: entry.class,
    samples,
    predicted,
    recall: recall === undefined ? null : withInterval(recall, recallInterval),
    precision,
    f1,
  }
}

/** In loops: of a thousand classes these are a million counts, nearly all of them 0. */
function sparse(confusion: readonly (readonly number[])[]): [number, number, number][] {
  const found: [number, number, number][] = []
  for (const [label, row] of confusion.entries()) {
    for (let predicted = 0; predicted < row.length; predicted++) {
      if (row[predicted]! > 0) found.push([label, predicted, row[predicted]!])
    }
  }
  return found
}

/** Rows with their files and pictures in their place. */
function withPictures<T extends { readonly row: number }>(
  entries: readonly T[],
  { files, thumbnails }: RunInput,
) {
  return entries.map(({ row, ...entry }) => {
    const jpeg = thumbnails?.get(row)
    const fits = jpeg !== undefined && jpeg.length <= largestThumbnail
    return {
      file: files[row] ?? '',
      ...entry,
      thumbnail: fits ? Buffer.from(jpeg).toString('base64') : null,
    }
  })
}
