/** report.html: one file that asks for nothing, made from the report's data alone. */
import { html, type HtmlValue } from './html'
import type { ReportDocument } from './report-data'
import { calibrationSection } from './section-calibration'
import { choiceSection } from './section-choice'
import { classesSection } from './section-classes'
import { confusionSection } from './section-confusion'
import { coverageSection } from './section-coverage'
import { cueConflictSection } from './section-cue-conflict'
import { curvesSection } from './section-curves'
import { explanationsSection } from './section-explanations'
import { detailsSection } from './section-details'
import { groupsSection } from './section-groups'
import { labelEfficiencySection } from './section-label-efficiency'
import { healthSection } from './section-health'
import { labelIssuesSection } from './section-label-issues'
import { mistakesSection } from './section-mistakes'
import { realLabelsSection } from './section-real-labels'
import { repetitionsSection } from './section-repetitions'
import { robustnessSection } from './section-robustness'
import { scoresSection } from './section-scores'
import { sensitivitySection } from './section-sensitivity'
import { shiftsSection } from './section-shifts'
import { summarySection } from './section-summary'
import { topLossesSection } from './section-top-losses'
import { viewsSection } from './section-views'
import { pageText } from './page'
import { title } from './sentences'

/** What is measured where an image has one label alone. */
const oneLabelSections = (document: ReportDocument): HtmlValue => [
  confusionSection(document),
  calibrationSection(document),
  coverageSection(document),
  mistakesSection(document),
]

export function renderHtml(document: ReportDocument): string {
  return pageText({
    title: title(document),
    sorts: true,
    body: html`${summarySection(document)}
      <main>
        ${scoresSection(document)} ${repetitionsSection(document)} ${labelEfficiencySection(document)}
        ${curvesSection(document)} ${choiceSection(document)} ${healthSection(document)}
        ${viewsSection(document)} ${classesSection(document)} ${groupsSection(document)}
        ${robustnessSection(document)} ${sensitivitySection(document)} ${cueConflictSection(document)}
        ${realLabelsSection(document)} ${shiftsSection(document)}
        ${document.evaluation.labels === undefined && oneLabelSections(document)}
        ${topLossesSection(document)} ${explanationsSection(document)} ${labelIssuesSection(document)}
        ${detailsSection(document)}
      </main>
      <footer>
        Made by ${document.library.name} ${document.library.version} from report.json, which holds every
        number on this page.
      </footer>`,
  })
}
