/** Accuracy by reassessed labels, in words. */
import type { RealLabelsSection, RunSection } from './report-data'
import { count, intervalText, percent } from './words'

export const hasRealLabels = (runs: readonly RunSection[]): boolean =>
  runs.some(({ realLabels }) => realLabels !== undefined)

/** For each run what it comes to, which the first screen has too. */
export const realSentences = (runs: readonly RunSection[]): string[] =>
  runs.flatMap(({ name, realLabels }) => (realLabels ? [realSentence(name, realLabels)] : []))

/** 'By reassessed labels (ReaL) finetune has 83.1 % right (95 % interval 82.8 – 83.4 %), by the original ones of the same 46,837 images 75.0 %.' */
function realSentence(name: string, { top1, reference, images }: RealLabelsSection): string {
  const interval = `95 % interval ${intervalText('top1', top1)}`
  return `By reassessed labels (ReaL) ${name} has ${percent(top1.value)} right (${interval}), by the original ones of the same ${count(images, 'image')} ${percent(reference.value)}.`
}

/** What makes the difference, and what is left out. */
export function realDetails(runs: readonly RunSection[]): string[] {
  const leftOut = runs.find(({ realLabels }) => realLabels)?.realLabels?.leftOut ?? 0
  const differences = runs.flatMap(({ name, realLabels }) => {
    if (realLabels === undefined) return []
    const { onlyReal, onlyLabel } = realLabels
    const number = (value: number): string => value.toLocaleString('en-US')
    return [
      `Decisions of ${name} that the original label calls wrong and these accept: ${number(onlyReal)}; the other way round: ${number(onlyLabel)}.`,
    ]
  })
  return leftOut === 0
    ? differences
    : [...differences, `Left out: ${count(leftOut, 'image')} for which no class was found right.`]
}
