/** The confusion of many classes as a picture: a pixel for each pair of classes, those taken for one another together. */
import { heatMapPng } from './heat-map'
import type { ReportDocument, RunSection } from './report-data'
import { similarityOrder } from './similarity-order'

/** Of all runs together, so that their pictures can be compared. */
export function confusionOrder({ data, runs }: ReportDocument): number[] {
  const images = data.classes.map((_, c) =>
    runs.reduce((sum, { perClass }) => sum + (perClass[c]?.samples ?? 0), 0),
  )
  return similarityOrder(
    images,
    runs.flatMap(({ confusion = [] }) => confusion),
  )
}

/** PNG, base64: rows are true classes, columns predicted ones; the more opaque, the larger the share of the row. */
export function confusionPicture({ confusion = [], perClass }: RunSection, order: readonly number[]): string {
  const classes = order.length
  const place = new Map(order.map((c, i) => [c, i]))
  const values = new Array<number>(classes * classes).fill(0)
  for (const [label, predicted, images] of confusion) {
    const share = images / (perClass[label]?.samples ?? images)
    // Few of many are seen, too.
    values[place.get(label)! * classes + place.get(predicted)!] = -Math.sqrt(share)
  }
  return heatMapPng({ height: classes, width: classes, values })
}
