/** What a report found out about a classifier, put into its model card. */
import { readFile } from 'node:fs/promises'
import { withoutLeakedNote } from './leak-words'
import { text } from './render-markdown'
import type { ReportDocument, RunSection } from './report-data'
import { headline } from './sentences'
import { count, intervalText, scoreText, scoreWords } from './words'
import { writeWhole } from './write-files'

/** Of the part of a card that tells the results. */
export const resultsHeading = '## How good it is'

const cardScores = ['top1', 'top5', 'meanPerClassAccuracy', 'mAP', 'f1', 'macroF1', 'nll', 'ece'] as const
/** Hugging Face's names of metric types. */
const metricTypes: Readonly<Record<(typeof cardScores)[number], string>> = {
  top1: 'accuracy',
  top5: 'top_5_accuracy',
  meanPerClassAccuracy: 'recall',
  mAP: 'mean_average_precision',
  f1: 'f1',
  macroF1: 'f1',
  nll: 'nll',
  ece: 'expected_calibration_error',
}

/**
 * Rewrites the card `file` with the results of the report's run of that number; a card that is not there, or that somebody
 * wrote anew, stays as it is.
 * @throws ERR_FILE
 */
export async function writeResults(file: string, report: ReportDocument, run: number): Promise<void> {
  const card = await readFile(file, 'utf8').catch(() => '')
  const measured = withResults(card, report, run)
  if (measured !== card) await writeWhole(file, measured)
}

/** The card with these results, whatever it told before: in Hugging Face's metadata, and in words. */
export function withResults(card: string, report: ReportDocument, run: number): string {
  const section = report.runs[run]!
  const [, metadata, body] = /^---\n(.*?)\n---\n(.*)$/s.exec(card) ?? []
  const [begin, end] = resultsPart(body ?? '')
  if (metadata === undefined || body === undefined || begin < 0) return card
  const others = metadata.replace(/\nmodel-index:\n(?: .*(?:\n|$))*/, '')
  const lines = ['---', others, ...modelIndex(report, section), '---'].join('\n')
  const results = `${resultsHeading}\n\n${measured(report, section)}\n\n`
  return `${lines}\n${body.slice(0, begin)}${results}${body.slice(end)}`
}

function resultsPart(body: string): [number, number] {
  const begin = body.indexOf(`${resultsHeading}\n`)
  const next = body.indexOf('\n## ', begin + resultsHeading.length)
  return [begin, next < 0 ? body.length : next + 1]
}

function modelIndex({ evaluation, data }: ReportDocument, { name, scores }: RunSection): string[] {
  const metrics = cardScores.flatMap((metric) => {
    const entry = scores[metric]
    if (!entry) return []
    const label = scoreWords[metric]?.label ?? metric
    return [
      `          - type: ${metricTypes[metric]}`,
      `            name: ${yaml(label)}`,
      `            value: ${Number(entry.value.toFixed(6))}`,
    ]
  })
  return [
    'model-index:',
    `  - name: ${yaml(name)}`,
    '    results:',
    '      - task:',
    '          type: image-classification',
    '        dataset:',
    `          name: ${yaml(data.source ?? 'images of the user')}`,
    '          type: imagefolder',
    `          split: ${yaml(evaluation.split)}`,
    '        metrics:',
    ...metrics,
  ]
}

function measured({ evaluation, concerns }: ReportDocument, run: RunSection): string {
  const lines = cardScores.flatMap((metric) => {
    const entry = run.scores[metric]
    if (!entry) return []
    return [
      `| ${scoreWords[metric]?.label ?? metric} | ${scoreText(metric, entry.value)} | ${intervalText(metric, entry)} |`,
    ]
  })
  const head = `On ${count(evaluation.samples, 'image')} of the ${text(evaluation.split)} split:`
  const table = ['| Metric | Value | 95 % interval |', '| --- | ---: | ---: |', ...lines].join('\n')
  const limits = concerns.map((sentence) => `- ${text(sentence)}`).join('\n')
  const without = withoutLeakedNote(run, evaluation)
  return [
    head,
    table,
    ...(without ? [text(`${scoreWords[headline(run.scores)]?.label ?? ''} ${without}.`)] : []),
    ...(limits ? [`Limits:\n\n${limits}`] : []),
  ].join('\n\n')
}

/** A double-quoted YAML scalar is a JSON string. */
function yaml(value: string): string {
  return JSON.stringify(value)
}
