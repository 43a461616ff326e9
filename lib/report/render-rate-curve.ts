/** The picture of a learning-rate range test. */
import { lineChartFile } from './charts'
import type { RateCurveData } from './rate-curve'

/** An SVG file. Where the training diverges the curve leaves the picture, which would else show nothing but that. */
export function renderRateCurve({ learningRates, losses, means, suggestion }: RateCurveData): string {
  const top = highestShown(losses, means)
  const shown = (loss = NaN) => (loss <= top ? loss : null)
  const along = (values: readonly number[]) =>
    learningRates.map((rate, i) => [rate, shown(values[i])] as const)
  const name = suggestion.toPrecision(3)
  return lineChartFile(
    {
      xName: 'learning rate',
      yName: 'loss of each update, and their mean',
      percent: false,
      logarithmic: true,
      series: [
        { run: 0, points: along(losses), faint: true },
        { run: 0, points: along(means) },
      ],
      mark: { x: suggestion, name },
    },
    `Loss by learning rate; suggested: ${name}`,
  )
}

/** Above the losses before the lowest mean by half of their range. */
function highestShown(losses: readonly number[], means: readonly number[]): number {
  const before = losses.slice(0, means.indexOf(Math.min(...means)) + 1)
  const [low, high] = [Math.min(...before), Math.max(...before)]
  return high + 0.5 * (high - low)
}
