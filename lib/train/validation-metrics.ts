/** What a validation pass comes to: one label a picture, or several. */
import type { Metrics } from '../api'
import type { Split } from '../dataset'
import { epochMetrics, fitTemperatureAsync, multiLabelMetrics, type Temperature } from '../metrics'

export interface Validation {
  readonly metrics: Metrics
  /** Fitted on these pictures, which were not trained on; undefined where there is none, and for several labels a picture. */
  readonly temperature: () => Promise<Temperature | undefined>
}

/** @param samples samples of the split that the rows of `logits` [rows, classes] belong to */
export async function validationMetrics(
  logits: Float32Array,
  samples: Int32Array,
  { labels: all, labelSets }: Split,
  classes: number,
): Promise<Validation> {
  if (labelSets !== undefined) {
    const sets = Array.from(samples, (sample) => labelSets[sample] ?? [])
    const metrics = await multiLabelMetrics(logits, sets, classes)
    return { metrics, temperature: () => Promise.resolve(undefined) }
  }
  const labels = samples.map((sample) => all[sample] ?? -1)
  return {
    metrics: await epochMetrics(logits, labels, classes),
    temperature: async () => {
      const fitted = labels.length === 0 ? undefined : await fitTemperatureAsync({ logits, labels })
      return fitted && { ...fitted, fittedOn: 'validation' }
    },
  }
}
