/** predictions.csv: every answer of every run, in pieces that leave the event loop free. */
import { setImmediate } from 'node:timers/promises'
import type { LabelSetAnswers, RankedPredictions } from '../metrics'
import { csvLine, type Cell } from './csv'

/** What a report holds beside its data: too much for report.json. */
export interface RunPredictions {
  readonly run: string
  readonly files: readonly string[]
  readonly predictions: RankedPredictions | LabelSetAnswers
}

/** Cells between two turns of the event loop. */
const cellsAtOnce = 20_000

/**
 * Columns: run, file, label, predicted, probability, then the further choices as class2, probability2, …; where an image may have
 * several labels: run, file, labels (joined by '|'), and the probability of each class under its name.
 */
export async function* predictionsCsv(
  runs: readonly RunPredictions[],
  classes: readonly string[],
): AsyncGenerator<string> {
  const columns = columnsOf(runs, classes)
  const rowsAtOnce = Math.ceil(cellsAtOnce / columns.length)
  yield csvLine(columns)
  for (const run of runs) {
    for (let begin = 0; begin < run.files.length; begin += rowsAtOnce) {
      const end = Math.min(run.files.length, begin + rowsAtOnce)
      let text = ''
      for (let row = begin; row < end; row++) {
        text += csvLine([run.run, run.files[row] ?? '', ...answerCells(run.predictions, row, classes)])
      }
      yield text
      await setImmediate()
    }
  }
}

function columnsOf(runs: readonly RunPredictions[], classes: readonly string[]): string[] {
  const choices = runs.map(({ predictions }) => ('truth' in predictions ? 0 : predictions.choices))
  if (choices.includes(0)) return ['run', 'file', 'labels', ...classes]
  const further = Array.from({ length: Math.max(...choices) - 1 }, (_, k) => [
    `class${k + 2}`,
    `probability${k + 2}`,
  ])
  return ['run', 'file', 'label', 'predicted', 'probability', ...further.flat()]
}

function answerCells(
  predictions: RunPredictions['predictions'],
  row: number,
  names: readonly string[],
): Cell[] {
  if ('truth' in predictions) {
    const { truth, probabilities } = predictions
    const first = row * names.length
    const labels = names.filter((_, c) => truth[first + c] === 1)
    return [labels.join('|'), ...names.map((_, c) => probabilities[first + c]?.toPrecision(6) ?? '')]
  }
  const { choices, classes, probabilities, labels } = predictions
  const cells: Cell[] = [names[labels[row] ?? -1] ?? '']
  for (let k = 0; k < choices; k++) {
    cells.push(
      names[classes[row * choices + k] ?? -1] ?? '',
      probabilities[row * choices + k]?.toPrecision(6) ?? '',
    )
  }
  return cells
}
