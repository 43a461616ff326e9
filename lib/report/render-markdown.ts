/** report.md: the same findings as plain text, from the report's data alone. */
import { groupSentence } from './section-groups'
import { labelEfficiencySentences, meanOf, methodWords } from './label-efficiency-words'
import type { LabelEfficiencySection, RepetitionSection, ReportDocument, RunSection } from './report-data'
import { cueConflictSentences, hasCueConflict } from './cue-conflict-words'
import { corruptionWords, robustnessNotes, robustnessSentence } from './robustness-words'
import { changeWords, sensitivityNotes, sensitivitySentences } from './sensitivity-words'
import { withoutLeakedNote } from './leak-words'
import { hasRealLabels, realDetails, realSentences } from './real-words'
import { hasShifts, shiftSentences } from './shift-words'
import { calibratedSentence } from './calibrated-words'
import { lossWords } from './section-top-losses'
import {
  leadSentences,
  title,
  runNote,
  comparisonSentence,
  repetitionSentences,
  pairSentence,
  curveSentence,
  calibrationSentence,
  coverageSentence,
  areCredible,
  tooManySentence,
  classOrder,
} from './sentences'
import { choiceSentence } from './choice-words'
import { scoreWords, percent, scoreText, intervalText, className } from './words'

/** Classes of more are in per-class.csv. */
const listedClasses = 100
const listedMistakes = 10

export function renderMarkdown(document: ReportDocument): string {
  const { concerns, warnings, comparisons, runs } = document
  return [
    `# ${text(title(document))}`,
    ...leadSentences(document).map(text),
    scoresMarkdown(document),
    ...withoutLeakedMarkdown(document),
    ...repetitionSentences(document).map((sentence) => `**${text(sentence)}**`),
    ...comparisons.map((pair) => `**${text(comparisonSentence(document, pair))}**`),
    ...(document.repetitions ?? []).map(repetitionMarkdown),
    ...(document.labelEfficiency ?? []).map(labelEfficiencyMarkdown),
    ...runs.flatMap(robustnessMarkdown),
    ...runs.flatMap(sensitivityMarkdown),
    ...(hasRealLabels(runs)
      ? ['## Reassessed labels', ...[...realSentences(runs), ...realDetails(runs)].map(text)]
      : []),
    ...(hasShifts(runs) ? ['## Other data sets', ...shiftSentences(document).map(text)] : []),
    ...(hasCueConflict(runs) ? ['## Shape or texture', ...cueConflictSentences(runs).map(text)] : []),
    '## What to worry about',
    [...concerns, ...warnings.map(({ message }) => message)]
      .map((sentence) => `- ${text(sentence)}`)
      .join('\n'),
    '## Training',
    runs.map((run) => `- ${text(`${run.name}: ${runNote(run)}. ${curveSentence(run)}`)}`).join('\n'),
    ...runs.flatMap(freezingMarkdown),
    '## Classes',
    classesMarkdown(document),
    ...groupsMarkdown(document),
    ...runs.flatMap((run) => runMarkdown(document, run)),
    '## How it was made',
    factsMarkdown(document),
    '',
  ].join('\n\n')
}

function withoutLeakedMarkdown({ runs, evaluation }: ReportDocument): string[] {
  return runs.flatMap((run) => {
    const note = withoutLeakedNote(run, evaluation)
    return note === undefined ? [] : [`**${text(`${run.name}: ${note}.`)}**`]
  })
}

function repetitionMarkdown({ name, over, runs, scores }: RepetitionSection): string {
  const names = Object.keys(scoreWords).filter((metric) => metric in scores)
  const interval = over === 'folds' ? ['95 % t-interval'] : []
  const rows = names.map((metric) => {
    const { mean, deviation, low, high } = scores[metric]!
    return [
      scoreWords[metric]?.label ?? metric,
      scoreText(metric, mean),
      scoreText(metric, deviation),
      ...interval.map(() => `${scoreText(metric, low)} – ${scoreText(metric, high)}`),
      ...runs.map((run) => scoreText(metric, run.scores[metric] ?? NaN)),
    ]
  })
  const head = ['Metric', 'Mean', 'Deviation', ...interval, ...runs.map((run) => run.name)]
  return `## ${text(name)}\n\n${table(head, rows)}`
}

function labelEfficiencyMarkdown(section: LabelEfficiencySection): string {
  const { points, curves, notes } = section
  const rows = points.map(({ name, images }, point) => [
    name,
    String(images),
    ...curves.map(({ top1 }) => percent(meanOf(top1[point]!))),
  ])
  return [
    '## How many labels it takes',
    labelEfficiencySentences(section).map(text).join('\n\n'),
    table(['Labels', 'Images', ...curves.map(({ method }) => methodWords[method])], rows),
    ...notes.map((note) => text(`${note}.`)),
  ].join('\n\n')
}

function robustnessMarkdown({ name, robustness }: RunSection): string[] {
  if (robustness === undefined) return []
  const { severities, corruptions } = robustness
  const rows = corruptions.map(({ name: corruption, errors, mean }) => [
    corruptionWords(corruption),
    ...[...errors, mean].map(({ value }) => percent(value)),
  ])
  return [
    `## Robustness of ${text(name)}`,
    text(robustnessSentence(name, robustness)),
    table(['Errors by severity', ...severities.map(String), 'Mean'], rows),
    robustnessNotes(robustness).map(text).join('\n\n'),
  ]
}

function sensitivityMarkdown({ name, sensitivity }: RunSection): string[] {
  if (sensitivity === undefined) return []
  const rows = sensitivity.changes.map(({ flips, top1, loss, ...change }) => [
    changeWords(change),
    `${percent(flips.value)} (${intervalText('top1', flips)})`,
    `${percent(top1.value)} (${intervalText('top1', top1)})`,
    [loss.value, loss.low, loss.high].map((share) => (100 * share).toFixed(1)).join(', '),
  ])
  return [
    `## What the decisions of ${text(name)} change with`,
    sensitivitySentences(name, sensitivity).map(text).join('\n\n'),
    table(['Change', 'Other decisions', 'Top-1', 'Points lost, low, high'], rows),
    sensitivityNotes(sensitivity).map(text).join('\n\n'),
  ]
}

/** Indented, so that nothing in it acts as markup. */
function freezingMarkdown({ name, freezing }: RunSection): string[] {
  if (freezing === undefined) return []
  const lines = freezing.map((line) => `    ${line.replace(/[\r\n]/g, ' ')}`)
  return [text(`What trained in ${name}, by epoch (from 0):`), lines.join('\n')]
}

/** The table of all metrics, also what a terminal shows. */
export function scoresMarkdown({ runs }: ReportDocument): string {
  const names = Object.keys(scoreWords).filter((name) => runs.some(({ scores }) => scores[name]))
  return table(
    ['Metric', ...runs.map(({ name }) => name)],
    names.map((name) => [
      scoreWords[name]?.label ?? name,
      ...runs.map(({ scores }) => {
        const entry = scores[name]
        if (!entry) return '–'
        const interval = intervalText(name, entry)
        return scoreText(name, entry.value) + (interval ? ` (${interval})` : '')
      }),
    ]),
  )
}

function classesMarkdown(document: ReportDocument): string {
  const { runs } = document
  const order = classOrder(document)
  const rows = order.slice(0, listedClasses).map((c) => [
    className(document, c),
    String(runs[0]?.perClass[c]?.samples ?? 0),
    ...runs.flatMap(({ perClass }) => {
      const entry = perClass[c]
      const recall = entry?.recall
      return [
        ...(document.evaluation.labels ? [fraction(entry?.averagePrecision)] : []),
        recall ? `${percent(recall.value, 0)} (${intervalText('top1', recall)})` : '–',
        fraction(entry?.precision),
      ]
    }),
  ])
  const names = document.evaluation.labels
    ? ['average precision', 'recall', 'precision']
    : ['recall', 'precision']
  const columns = [
    'Class',
    'Images',
    ...runs.flatMap(({ name }) => [`${name}: ${names[0]!}`, ...names.slice(1)]),
  ]
  const rest = order.length - rows.length
  return table(columns, rows) + (rest > 0 ? `\n\nand ${rest} more classes in plots/per-class.csv` : '')
}

function groupsMarkdown({ runs }: ReportDocument): string[] {
  const sentences = runs.flatMap(({ name, groupColumns = [] }) =>
    groupColumns.map((column) => `- ${text(groupSentence(name, column))}`),
  )
  return sentences.length > 0 ? ['## Groups', sentences.join('\n')] : []
}

function fraction(value: number | null | undefined): string {
  return typeof value === 'number' ? percent(value, 0) : '–'
}

function runMarkdown(document: ReportDocument, run: RunSection): string[] {
  const pairs = (run.confusedPairs ?? []).map((pair) => `- ${text(pairSentence(document, pair))}`)
  const mistakes = (run.mistakes ?? [])
    .slice(0, listedMistakes)
    .map(({ file, label, predicted, probability }) => {
      const words = `${className(document, label)} taken for ${className(document, predicted)} (${percent(probability, 0)})`
      return `- ${text(`${words}: ${file}`)}`
    })
  return [
    `## ${text(run.name)}`,
    ...(run.choice ? [text(choiceSentence(run.name, run.choice))] : []),
    ...(run.meanConfidence === undefined ? [] : [text(calibrationSentence(run))]),
    ...[calibratedSentence(run) ?? []].flat().map(text),
    ...(run.coverage ? [text(coverageSentence(run))] : []),
    ...(run.confusedPairs === undefined
      ? []
      : [pairs.length > 0 ? `Most confused:\n\n${pairs.join('\n')}` : 'No two classes were confused.']),
    ...(mistakes.length > 0 ? [`Most confident mistakes:\n\n${mistakes.join('\n')}`] : []),
    ...topLossesMarkdown(document, run),
    ...labelIssuesMarkdown(document, run),
  ]
}

function topLossesMarkdown(document: ReportDocument, { topLosses = [] }: RunSection): string[] {
  const lines = topLosses.slice(0, listedMistakes).map((entry) => {
    const { is, said } = lossWords(document, entry)
    return `- ${text(`${is} said to be ${said} (loss ${entry.loss.toFixed(2)}): ${entry.file}`)}`
  })
  return lines.length === 0 ? [] : [`Largest losses:\n\n${lines.join('\n')}`]
}

function labelIssuesMarkdown(document: ReportDocument, { name, labelIssues }: RunSection): string[] {
  const { count: doubted = 0, first = [] } = labelIssues ?? {}
  const { samples } = document.evaluation
  if (doubted === 0) return []
  if (!areCredible(doubted, samples)) return [text(tooManySentence(name, doubted, samples))]
  const lines = first.slice(0, listedMistakes).map(({ file, label, suggested, probability }) => {
    const words = `labelled ${className(document, label)}, looks like ${className(document, suggested)} (${percent(probability, 0)})`
    return `- ${text(`${words}: ${file}`)}`
  })
  return [`Likely wrong labels, ${lines.length} of ${doubted}:\n\n${lines.join('\n')}`]
}

function factsMarkdown({ environment, library, createdAt, data, runs }: ReportDocument): string {
  return table(
    ['', ''],
    [
      ['Library', `${library.name} ${library.version}`],
      ...Object.entries(environment).map(([name, value]) => [name, String(value ?? '–')]),
      ['Seeds', runs.map(({ seed }) => seed).join(', ')],
      ['Fingerprint of the data', data.fingerprint ?? 'not taken'],
      ['Report made', createdAt],
    ],
  )
}

export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(text).join(' | ')} |`
  const rule = columns.map((_, i) => (i === 0 ? '---' : '---:'))
  return [line(columns), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** Names come from folders and files: nothing in them may act as markup. */
export function text(value: string): string {
  return value.replace(/\s+/g, ' ').replace(/[\\`*_[\]|<>#~]/g, (character) => {
    if (character === '<') return '&lt;'
    return character === '>' ? '&gt;' : `\\${character}`
  })
}
