/** Progress as text: pure functions from a status or an event to one line. */
import type { Metrics, Run, TrainEvent } from '../api'
import type { Status } from './status'

const shortestBar = 6
const longestBar = 30

/** `m:ss`, from an hour on `h:mm:ss`; '-' for what is not known. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-'
  const whole = Math.round(seconds)
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts
  return [String(first), ...rest.map((part) => String(part).padStart(2, '0'))].join(':')
}

/** A fraction in per cent, by default to one decimal: `42.2%`. */
export function percent(fraction: number, decimals = 1): string {
  return `${(100 * fraction).toFixed(decimals)}%`
}

export function rate(imagesPerSecond: number): string {
  return `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`
}

/** At most `width` columns: what matters least is left out first, then the bar takes the room that remains. */
export function barLine(status: Status, width: number, colour: boolean): string {
  const fraction = status.total > 0 ? Math.min(1, status.done / status.total) : 0
  const before = status.epoch === undefined ? status.task : `epoch ${status.epoch}/${status.epochs ?? '?'}`
  const after = [percent(fraction, 0).padStart(4), ...details(status)]
  const room = () => width - [before, ...after].join('  ').length - 2
  while (after.length > 1 && room() < shortestBar) after.pop()
  const length = Math.min(longestBar, room())
  if (length < 1) return `${before} ${after[0]}`.slice(0, Math.max(0, width))
  return [before, bar(fraction, length, colour), ...after].join('  ')
}

/** Most important first. */
function details(status: Status): string[] {
  const parts: string[] = []
  if (status.etaSeconds !== undefined) parts.push(`${duration(status.etaSeconds)} left`)
  if (status.loss !== undefined) parts.push(`loss ${status.loss.toFixed(3)}`)
  if (status.top1 !== undefined) parts.push(`top-1 ${percent(status.top1)}`)
  if (status.imagesPerSecond !== undefined) parts.push(rate(status.imagesPerSecond))
  return parts
}

function bar(fraction: number, length: number, colour: boolean): string {
  const full = Math.round(fraction * length)
  const [done, open] = ['█'.repeat(full), '░'.repeat(length - full)]
  return colour ? `\x1b[32m${done}\x1b[2m${open}\x1b[0m` : done + open
}

/** The line of an event that deserves one (below a start: what the preset chose, and the freezing schedule), or undefined; file names in it cannot steer the terminal. */
export function eventLine(event: TrainEvent, status: Status): string | undefined {
  const line = describe(event, status)
  if (line === undefined) return undefined
  const lines = event.type === 'start' ? [line, ...presetLines(event), ...freezingLines(event)] : [line]
  return lines.map((text) => text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')).join('\n')
}

/** What the preset chose by the encoder and the data, and why. */
function presetLines({ config }: Extract<TrainEvent, { type: 'start' }>): string[] {
  const { recipe } = config as { recipe?: Readonly<Record<string, unknown>> }
  const reasons = Object.entries((recipe?.presetReasons ?? {}) as Readonly<Record<string, string>>)
  return reasons.map(([option, why]) => {
    const resolved = option === 'baseLearningRate' ? 'learningRate' : option
    return `preset ${String(recipe?.preset)}: ${resolved} ${String(recipe?.[resolved])} (${why})`
  })
}

/** The chart of the freezing schedule, where there is one. */
export function freezingLines({ config }: Extract<TrainEvent, { type: 'start' }>): string[] {
  return Array.isArray(config.freezing) ? config.freezing.map(String) : []
}

function describe(event: TrainEvent, status: Status): string | undefined {
  switch (event.type) {
    case 'start': {
      const { trainable, total } = event.parameters
      return `${event.directory}: ${count(trainable)} of ${count(total)} parameters are trained`
    }
    case 'stage':
      if (event.epoch === 0) return undefined // the start has told it
      return `epoch ${event.epoch + 1}: from here ${count(event.parameters)} parameters are trained`
    case 'epoch':
      return epochLine(event, status)
    case 'warning':
      return `warning ${event.code}: ${event.message}`
    case 'done':
      return doneLine(event.run)
    case 'evaluate':
      return event.done === event.total ? `${event.suite}: ${event.done} of ${event.total}` : undefined
    case 'step':
    case 'checkpoint':
      return undefined
  }
}

function epochLine(event: Extract<TrainEvent, { type: 'epoch' }>, status: Status): string {
  const number = String(event.epoch + 1).padStart(String(event.epochs).length)
  const parts = [`epoch ${number}/${event.epochs}`, metrics(event.train)]
  if (event.validation) parts.push(`validation ${metrics(event.validation)}${event.best ? ' (best)' : ''}`)
  const raw = event.validation?.rawTop1 ?? event.validation?.rawMAP
  if (raw !== undefined) parts.push(`raw weights ${percent(raw, 2)}`)
  if (status.imagesPerSecond !== undefined) parts.push(rate(status.imagesPerSecond))
  if (status.etaSeconds !== undefined) parts.push(`${duration(status.etaSeconds)} left`)
  return parts.join('  ')
}

/** Without a validation set the last epoch counts, and its numbers are those of training: not to be taken for more. */
function doneLine({ best, directory, history }: Run): string {
  const wasValidated = history[best.epoch]?.validation !== undefined
  const what = wasValidated
    ? `best epoch ${best.epoch + 1}: validation`
    : `last epoch ${best.epoch + 1}: training`
  return `${what} ${metrics(best.metrics)}; ${directory}`
}

export function metrics({ loss, top1, mAP }: Metrics): string {
  const parts = [`loss ${loss.toFixed(4)}`]
  if (top1 !== undefined) parts.push(`top-1 ${percent(top1, 2)}`)
  if (mAP !== undefined) parts.push(`mAP ${percent(mAP, 2)}`)
  return parts.join('  ')
}

function count(parameters: number): string {
  return parameters.toLocaleString('en-US')
}
