/** The sections of the page that a report has, in the order of its navigation. */
import { hasCueConflict } from './cue-conflict-words'
import { hasHealth } from './health'
import { hasRealLabels } from './real-words'
import type { ReportDocument } from './report-data'
import { hasRobustness } from './robustness-words'
import { hasExplanations } from './section-explanations'
import { hasTopLosses } from './section-top-losses'
import { hasViews } from './section-views'
import { hasSensitivity } from './sensitivity-words'
import { hasShifts } from './shift-words'

type IsThere = (document: ReportDocument) => boolean

/** Reports of older versions have no coverage and no doubted labels. */
const isNew: IsThere = ({ runs }) => runs.some(({ coverage }) => coverage !== undefined)
const hasOneLabel: IsThere = ({ evaluation }) => evaluation.labels === undefined

const sections: readonly (readonly [id: string, name: string, isThere?: IsThere])[] = [
  ['scores', 'All metrics'],
  ['repetitions', 'Runs of one recipe', ({ repetitions }) => repetitions !== undefined],
  ['label-efficiency', 'Labels needed', ({ labelEfficiency }) => labelEfficiency !== undefined],
  ['curves', 'Training'],
  ['choice', 'Tried', ({ runs }) => runs.some(({ choice }) => choice !== undefined)],
  ['health', 'Features', hasHealth],
  ['views', 'Views', hasViews],
  ['classes', 'Classes'],
  ['groups', 'Groups', ({ runs }) => runs.some(({ groupColumns }) => groupColumns)],
  ['robustness', 'Robustness', ({ runs }) => hasRobustness(runs)],
  ['sensitivity', 'Leans on', ({ runs }) => hasSensitivity(runs)],
  ['cue-conflict', 'Shape or texture', ({ runs }) => hasCueConflict(runs)],
  ['real-labels', 'Reassessed labels', ({ runs }) => hasRealLabels(runs)],
  ['shifts', 'Other data', ({ runs }) => hasShifts(runs)],
  ['confusion', 'Confusion', hasOneLabel],
  ['calibration', 'Calibration', hasOneLabel],
  ['coverage', 'Coverage', isNew],
  ['mistakes', 'Mistakes', hasOneLabel],
  ['losses', 'Losses', hasTopLosses],
  ['explanations', 'Why', hasExplanations],
  ['label-issues', 'Doubted labels', isNew],
  ['how', 'How it was made'],
]

export function sectionsOf(document: ReportDocument): (readonly [id: string, name: string])[] {
  return sections.filter(([, , isThere]) => isThere?.(document) ?? true).map(([id, name]) => [id, name])
}
