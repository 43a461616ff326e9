/** predictions.csv: every answer of every run, in pieces that leave the event loop free. */
import { setImmediate } from 'node:timers/promises'
import type { RankedPredictions } from '../metrics'
import { csvLine, type Cell } from './csv'

/** What a report holds beside its data: too much for report.json. */
export interface RunPredictions {
  readonly run: string
  readonly files: readonly string[]
  readonly predictions: RankedPredictions
}

const rowsAtOnce = 2000

/** Columns: run, file, label, predicted, probability, then the further choices as class2, probability2, … */
export async function* predictionsCsv(
  runs: readonly RunPredictions[],
  classes: readonly string[],
): AsyncGenerator<string> {
  const choices = Math.max(...runs.map(({ predictions }) => predictions.choices))
  const further = Array.from({ length: choices - 1 }, (_, k) => [`class${k + 2}`, `probability${k + 2}`])
  yield csvLine(['run', 'file', 'label', 'predicted', 'probability', ...further.flat()])
  for (const run of runs) {
    for (let begin = 0; begin < run.files.length; begin += rowsAtOnce) {
      const end = Math.min(run.files.length, begin + rowsAtOnce)
      let text = ''
      for (let row = begin; row < end; row++) text += csvLine(predictionCells(run, row, classes))
      yield text
      await setImmediate()
    }
  }
}

function predictionCells(
  { run, files, predictions }: RunPredictions,
  row: number,
  names: readonly string[],
): Cell[] {
  const { choices, classes, probabilities, labels } = predictions
  const cells: Cell[] = [run, files[row] ?? '', names[labels[row] ?? -1] ?? '']
  for (let k = 0; k < choices; k++) {
    cells.push(
      names[classes[row * choices + k] ?? -1] ?? '',
      probabilities[row * choices + k]?.toPrecision(6) ?? '',
    )
  }
  return cells
}
