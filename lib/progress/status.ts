/** Where a job stands, folded from its events: what every progress display shows. */
import type { Metrics, TrainEvent } from '../api'

export interface Status {
  /** 'linear-probe', 'finetune', …: the name of the run folder; an evaluation suite's name while one runs. */
  task: string
  /** From 1. */
  epoch?: number
  epochs?: number
  /** Updates, or pictures of an evaluation. */
  done: number
  total: number
  loss?: number
  /** The newest known: of the validation set where there is one, else of the training batches. Fraction. */
  top1?: number
  imagesPerSecond?: number
  etaSeconds?: number
}

export const initialStatus: Status = { task: '', done: 0, total: 0 }

export function statusAfter(status: Status, event: TrainEvent): Status {
  switch (event.type) {
    case 'start':
      return { ...initialStatus, task: lastPart(event.directory), epochs: epochsOf(event.config) }
    case 'step':
      return {
        ...status,
        epoch: event.epoch + 1,
        done: event.step,
        total: event.steps,
        loss: event.loss,
        imagesPerSecond: event.imagesPerSecond,
        etaSeconds: event.etaSeconds,
      }
    case 'epoch':
      return {
        ...status,
        epoch: event.epoch + 1,
        epochs: event.epochs,
        top1: shown(event).top1 ?? status.top1,
      }
    case 'evaluate':
      return { task: event.suite, done: event.done, total: event.total }
    case 'stage':
    case 'checkpoint':
    case 'warning':
    case 'done':
      return status
  }
}

/** The metrics of an epoch that count: those of the validation set where there is one. */
export function shown(event: { train: Metrics; validation?: Metrics }): Metrics {
  return event.validation ?? event.train
}

function lastPart(directory: string): string {
  return directory.split(/[\\/]/).filter(Boolean).pop() ?? directory
}

function epochsOf({ recipe }: Readonly<Record<string, unknown>>): number | undefined {
  const epochs = (recipe as { epochs?: unknown } | undefined)?.epochs
  return typeof epochs === 'number' ? epochs : undefined
}
