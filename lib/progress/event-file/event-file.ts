/**
 * A TensorBoard event file of a run: `tensorboard --logdir runs` shows its curves and hyper-parameters. A run that goes on gets
 * another file beside the first.
 */
import { createWriteStream, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Metrics, TrainEvent } from '../../api'
import { fileVersion, hyperParameters, scalars, sessionEnd, sessionStart, type HyperParameter } from './event'

type Events<T extends TrainEvent['type']> = Extract<TrainEvent, { type: T }>

export class EventFile {
  private stream: WriteStream | undefined
  private closed: Promise<void> = Promise.resolve()
  private step: number | undefined

  /** @param onError is told once, of the first write that fails; nothing is written after it */
  constructor(
    private readonly directory: string,
    private readonly onError: (error: Error) => void,
  ) {}

  /** A run that begins, or goes on, makes the file; what comes before is not written. */
  onEvent(event: TrainEvent): void {
    if (event.type === 'start') this.started(event)
    else if (event.type === 'step') this.stepped(event)
    else if (event.type === 'epoch') this.epochEnded(event)
  }

  /** @param outcome undefined: stopped, to go on some time */
  close(outcome?: 'success' | 'failure'): Promise<void> {
    if (outcome !== undefined) this.write(sessionEnd(this.place, outcome === 'success'))
    this.stream?.end()
    return this.closed
  }

  private open(): void {
    const name = `events.out.tfevents.${Math.floor(now())}.${process.pid}`
    const stream = createWriteStream(join(this.directory, name), { flags: 'a' })
    this.closed = new Promise((resolve) => stream.once('close', resolve))
    stream.on('error', this.onError)
    this.stream = stream
    this.write(fileVersion(now()))
  }

  private started({ config }: Events<'start'>): void {
    this.open()
    const { kind, recipe } = config as { kind?: string; recipe?: object }
    this.write(
      hyperParameters({ time: now(), step: 0 }, { ...(kind ? { kind } : {}), ...flattened(recipe ?? {}) }),
    )
  }

  private stepped({ step, loss, learningRate, gradientNorm, imagesPerSecond }: Events<'step'>): void {
    this.begin(step)
    const values = { loss, learningRate, gradientNorm, imagesPerSecond }
    this.write(scalars(this.place, tagged('train', values)))
  }

  private epochEnded({ epoch, train, validation = { loss: NaN } }: Events<'epoch'>): void {
    this.begin(this.step ?? epoch + 1)
    const { loss: epochLoss, ...others } = train
    const values = { ...tagged('train', { epochLoss, ...others }), ...tagged('validation', validation) }
    this.write(scalars(this.place, values))
  }

  private begin(step: number): void {
    if (this.step === undefined) this.write(sessionStart({ time: now(), step }))
    this.step = step
  }

  private get place() {
    return { time: now(), step: this.step ?? 0 }
  }

  private write(bytes: Buffer): void {
    if (this.stream?.writable) this.stream.write(bytes)
  }
}

const now = (): number => Date.now() / 1000

/** What is no number is left out, as TensorBoard would draw it. */
function tagged(prefix: string, metrics: Metrics | Readonly<Record<string, number>>): Record<string, number> {
  const entries = Object.entries(metrics).filter((entry): entry is [string, number] =>
    Number.isFinite(entry[1]),
  )
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}/${name}`, value]))
}

/** Nested options by dots, lists as JSON. */
function flattened(options: object, prefix = ''): Record<string, HyperParameter> {
  const out: Record<string, HyperParameter> = {}
  for (const [name, value] of Object.entries(options as Record<string, unknown>)) {
    if (name === 'warnings' || value === null || value === undefined) continue
    if (Array.isArray(value)) out[prefix + name] = JSON.stringify(value)
    else if (typeof value === 'object') Object.assign(out, flattened(value, `${prefix}${name}.`))
    else if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean')
      out[prefix + name] = value
  }
  return out
}
