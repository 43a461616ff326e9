/** The encoder's features by themselves, before any head: have they collapsed, and do classes lie apart in them? */
import { lineChart } from './charts'
import {
  featureMapTable,
  hasHealth,
  healthSentences,
  singularValuesTable,
  type HealthSection,
} from './health'
import { html, type Html, type HtmlValue } from './html'
import { download, keys, picture } from './page-parts'
import type { ReportDocument } from './report-data'
import { scatterKeys, scatterPlot, type ScatterGroup } from './scatter-plot'
import { className } from './words'

export function healthSection(document: ReportDocument): HtmlValue {
  if (!hasHealth(document)) return null
  const probes = document.runs.flatMap(({ name, health }, run) => (health ? [{ name, health, run }] : []))
  return html`<section aria-labelledby="health">
    <h2 id="health">Health of the representation</h2>
    <p class="note">
      The frozen encoder’s features as they are, before any head: means of the last block’s normalised tokens.
    </p>
    ${document.runs.map(
      (run) =>
        run.health &&
        html`<h3>${run.name}</h3>
          ${healthSentences(run).map((sentence) => html`<p>${sentence}</p>`)}`,
    )}
    <div class="grid">
      ${singularValuesFigure(probes)}
      ${probes.map(({ name, health }) => health.map.length > 0 && mapFigure(document, name, health))}
    </div>
    ${download(singularValuesTable(document))} ${download(featureMapTable(document))}
  </section>`
}

function singularValuesFigure(
  probes: readonly { readonly name: string; readonly health: HealthSection; readonly run: number }[],
): Html {
  const svg = lineChart({
    xName: 'direction',
    yName: 'log₁₀ of the part of the largest',
    percent: false,
    series: probes.map(({ health, run }) => ({
      run,
      points: health.singularValues.map((value, i) => [i + 1, Math.log10(value)] as const),
    })),
  })
  return html`<figure role="group" aria-label="Singular values of the features">
    <figcaption>
      ${keys(probes.map(({ name, run }) => ({ name, run })))} Singular values of the features about their
      mean. A line that falls steeply means that few directions hold all there is.
    </figcaption>
    ${picture(svg)}
  </figure>`
}

function mapFigure(document: ReportDocument, name: string, { map }: HealthSection): Html {
  const groups = groupsOf(document, map)
  return html`<figure role="group" aria-label="Map of the features of ${name}">
    <figcaption>
      ${scatterKeys(groups)} ${map.length} images by UMAP, by the cosine of their features: near ones are
      alike; far distances mean little, and the axes nothing.
    </figcaption>
    ${scatterPlot(groups)}
  </figure>`
}

/** Classes with the most images on the map first. */
function groupsOf(document: ReportDocument, map: HealthSection['map']): ScatterGroup[] {
  const byClass = new Map<number, (readonly [number, number])[]>()
  for (const [x, y, label] of map) byClass.set(label, [...(byClass.get(label) ?? []), [x, y]])
  return [...byClass]
    .sort(([a, first], [b, second]) => second.length - first.length || a - b)
    .map(([label, points]) => ({ name: className(document, label), points }))
}
