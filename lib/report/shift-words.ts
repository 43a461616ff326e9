/** What other data sets of the same classes cost, in words. */
import type { ReportDocument, RunSection, ShiftEntry } from './report-data'
import { count, percent } from './words'

export const hasShifts = (runs: readonly RunSection[]): boolean =>
  runs.some(({ shifts }) => shifts !== undefined)

export function shiftSentences(document: ReportDocument): string[] {
  return document.runs.flatMap(({ name, shifts = [] }) =>
    shifts.map((shift) => shiftSentence(name, shift, document)),
  )
}

/**
 * 'finetune has 27.8 % of the 1,200 images of sketches right, and 40.1 % of the test images of the same classes: 12.3 points
 * less (95 % interval 9.1 to 15.4).'
 */
function shiftSentence(name: string, shift: ShiftEntry, { data, evaluation }: ReportDocument): string {
  const { images, top1, reference, gap, classes, skipped } = shift
  const among = classes < data.classes.length ? ` among its ${count(classes, 'class')} alone` : ''
  const less = gap.value >= 0
  const [low, high] = less ? [gap.low, gap.high] : [-gap.high, -gap.low]
  const points = (value: number): string => (100 * value).toFixed(1)
  const chance = gap.low <= 0 && gap.high >= 0 ? ', which may be chance' : ''
  const left = skipped > 0 ? ` ${count(skipped, 'file')} could not be read.` : ''
  return `${name} has ${percent(top1.value)} of the ${count(images, 'image')} of ${shift.name} right${among}, and ${percent(reference.top1.value)} of the ${evaluation.split} images of the same classes: ${points(Math.abs(gap.value))} points ${less ? 'less' : 'more'} (95 % interval ${points(low)} to ${points(high)})${chance}.${left}`
}
