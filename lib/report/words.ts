/** Numbers and findings in words, the same in every rendering. */
import type { ReportDocument, RunSection, ScoreEntry } from './report-data'

/** Names of the metrics as people know them, and what to read them for. */
export const scoreWords: Readonly<Record<string, { label: string; note: string; fraction: boolean }>> = {
  top1: { label: 'Top-1', note: 'right at the first guess', fraction: true },
  top5: { label: 'Top-5', note: 'right within five guesses', fraction: true },
  meanPerClassAccuracy: { label: 'Mean per class', note: 'every class counts the same', fraction: true },
  mAP: { label: 'mAP', note: 'average precision, mean over the classes that occur', fraction: true },
  f1: { label: 'Micro F1', note: 'precision and recall of all decisions together', fraction: true },
  macroF1: { label: 'Macro F1', note: 'precision and recall, every class the same', fraction: true },
  weightedF1: { label: 'Weighted F1', note: 'classes weighted by their images', fraction: true },
  exactMatch: { label: 'Exact match', note: 'every class of an image decided rightly', fraction: true },
  loss: { label: 'Loss', note: 'binary cross-entropy in nats, lower is better', fraction: false },
  auroc: { label: 'AUROC', note: 'one class against the rest, mean; 0.5 is chance', fraction: false },
  cohenKappa: { label: "Cohen's kappa", note: 'agreement beyond chance; 0 is chance', fraction: false },
  mcc: { label: 'Matthews correlation', note: 'like a correlation; 0 is chance', fraction: false },
  nll: { label: 'NLL', note: 'negative log likelihood in nats, lower is better', fraction: false },
  brier: { label: 'Brier score', note: '0 to 2, lower is better', fraction: false },
  ece: { label: 'ECE', note: 'calibration error in 15 equal bins, lower is better', fraction: true },
  adaptiveEce: { label: 'Adaptive ECE', note: 'the same in 15 bins of equal counts', fraction: true },
  maxCalibrationError: { label: 'Largest calibration gap', note: 'of the worst bin', fraction: true },
  worstGroupTop1: { label: 'Worst group', note: 'lowest top-1 of a group', fraction: true },
}

/** 'top-1', 'macro F1', 'mAP', 'loss': a metric within a sentence. */
export function metricWords(name: string): string {
  const label = scoreWords[name]?.label ?? name
  return /^[A-Z][a-z]/.test(label) && !/^(Cohen|Matthews)/.test(label)
    ? label[0]!.toLowerCase() + label.slice(1)
    : label
}

/** '42.2 %', with a space that does not break. */
export function percent(fraction: number, digits = 1): string {
  return `${(100 * fraction).toFixed(digits)}\u00a0%`
}

export function scoreText(name: string, value: number): string {
  return scoreWords[name]?.fraction ? percent(value) : value.toFixed(3)
}

/** '40.1 – 44.3 %'; empty without an interval. */
export function intervalText(name: string, { low, high }: ScoreEntry): string {
  if (low === undefined || high === undefined) return ''
  if (scoreWords[name]?.fraction) return `${(100 * low).toFixed(1)} – ${percent(high)}`
  return `${low.toFixed(3)} – ${high.toFixed(3)}`
}

export function count(value: number, noun: string): string {
  const plural = /(s|x|sh)$/.test(noun) ? `${noun}es` : `${noun}s`
  return `${value.toLocaleString('en-US')} ${value === 1 ? noun : plural}`
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function className(document: ReportDocument, index: number): string {
  return document.data.classes[index] ?? `class ${index}`
}

export function kindWords(kind: RunSection['kind']): string {
  return kind === 'linear-probe' ? 'linear probe' : 'fine-tune'
}

/** Names of several things as one phrase: 'a, b and c'. */
export function listed(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most)
  const rest = names.length - shown.length
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown
  return parts.length < 2
    ? parts.join('')
    : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1] ?? ''}`
}

export function pText(p: number): string {
  return p < 0.0001 ? 'p < 0.0001' : `p = ${p.toFixed(p < 0.01 ? 4 : 2)}`
}

export function millions(parameters: number): string {
  if (parameters < 10_000) return parameters.toLocaleString('en-US')
  const value = parameters / 1e6
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} M`
}
