/** What a validation pass comes to: one label a picture, or several. */
import type { Metrics } from '../api'
import type { Split } from '../dataset'
import { epochMetrics, multiLabelMetrics } from '../metrics'

/** @param samples samples of the split that the rows of `logits` [rows, classes] belong to */
export function validationMetrics(
  logits: Float32Array,
  samples: Int32Array,
  { labels, labelSets }: Split,
  classes: number,
): Promise<Metrics> {
  if (labelSets === undefined) {
    return epochMetrics(
      logits,
      samples.map((sample) => labels[sample] ?? -1),
      classes,
    )
  }
  const sets = Array.from(samples, (sample) => labelSets[sample] ?? [])
  return multiLabelMetrics(logits, sets, classes)
}
