/** compare.html: runs of many reports in one table, a part for each set of images that they were judged on. */
import type { ComparedPart, ComparedRun, ComparedRuns } from './compared-runs'
import {
  bestSentences,
  comparedColumns,
  comparedConcerns,
  comparedScoreText,
  comparedTable,
  comparedTitle,
  factsText,
  imagesText,
  pairedAdvice,
  partWords,
  seedsText,
  shown,
} from './compared-words'
import { html, type Html } from './html'
import { pageText } from './page'
import { download, rangeBar, scrollBox } from './page-parts'
import { orderedBy, sortableHead } from './sortable-table'
import { duration, intervalText, kindWords, millions } from './words'

export function comparePage(compared: ComparedRuns): string {
  const { createdAt, library } = compared
  const concerns = comparedConcerns(compared)
  return pageText({
    title: comparedTitle(compared),
    kind: 'wide',
    sorts: true,
    body: html`<header>
        <p class="eyebrow">Comparison of runs · ${createdAt.slice(0, 10)}</p>
        <h1>${comparedTitle(compared)}</h1>
        ${bestSentences(compared).map((sentence) => html`<p class="verdict">${sentence}</p>`)}
        ${
          concerns.length > 0 &&
          html`<aside class="concerns" aria-labelledby="worry">
            <h2 id="worry">What to worry about</h2>
            <ul>
              ${concerns.map((sentence) => html`<li>${sentence}</li>`)}
            </ul>
          </aside>`
        }
      </header>
      <main>
        <section aria-labelledby="runs">
          <h2 id="runs">Runs</h2>
          <p class="note">${pairedAdvice}</p>
          ${scrollBox('Runs', runsTable(compared))} ${download(comparedTable(compared), '')}
        </section>
      </main>
      <footer>Made by ${library.name} ${library.version} from the runs’ report.json alone.</footer>`,
  })
}

function runsTable(compared: ComparedRuns): Html {
  // The interval stands in the cell of its score.
  const columns = comparedColumns(compared).filter((name) => name !== '95 % interval')
  return html`<table class="compared sortable" data-search="Find a run">
    <caption>
      <span
        >The best first, with 95 % intervals; of several seeds the mean ± its deviation, and the interval of
        the mean. Images: labelled training images. Trained: parameters. Time: of training.</span
      >
    </caption>
    <thead>
      <tr>
        ${columns.map((name, i) => sortableHead(name, i, { isText: isText(i, columns.length), first: firstOrder(name) }))}
      </tr>
    </thead>
    ${compared.parts.map((part) => partRows(compared, part, columns.length))}
  </table>`
}

/** What is better when large is first. */
const firstOrder = (column: string): 'ascending' | 'descending' =>
  ['Top-1', 'mAP', 'Top-5', 'Micro F1', 'Macro F1'].includes(column) ? 'descending' : 'ascending'

/** Run, kind and preset, and the options at the end. */
const isText = (column: number, columns: number): boolean => column < 3 || column === columns - 1

function partRows(compared: ComparedRuns, part: ComparedPart, columns: number): Html {
  return html`<tbody>
    <tr class="part">
      <th scope="rowgroup" colspan="${columns}"><span>${partWords(part)}</span></th>
    </tr>
    ${part.runs.map((run) => runRow(compared, run))}
  </tbody>`
}

function runRow(compared: ComparedRuns, run: ComparedRun): Html {
  return html`<tr>
    <th scope="row">
      ${run.name}${run.name !== run.directory && html` <span class="file">${run.directory}</span>`}
    </th>
    <td class="left">${kindWords(run.kind)}</td>
    <td class="left">${run.preset}</td>
    <td${orderedBy(run.images)}>${imagesText(run)}</td>
    <td${orderedBy(run.parameters.trainable)}>${millions(run.parameters.trainable)}</td>
    ${shown(compared).map((metric) => scoreCell(metric, run))}
    <td${orderedBy(run.seconds)}>${duration(run.seconds)}</td>
    <td>${seedsText(run)}</td>
    <td class="left options">${factsText(run)}</td>
  </tr>`
}

function scoreCell(metric: string, run: ComparedRun): Html {
  const score = run.scores[metric]
  const isFirst = metric === 'top1' || metric === 'mAP'
  if (!score || !isFirst) return html`<td${orderedBy(score?.value)}>${comparedScoreText(metric, score)}</td>`
  return html`<td${orderedBy(score.value)}>
    <b>${comparedScoreText(metric, score)}</b> ${rangeBar(score, run.kind === 'linear-probe' ? 0 : 1)}
    <span class="note">${intervalText(metric, score)}</span>
  </td>`
}
