/** Where the time of a job went: its stages as a profile.json and as a table. */
import type { Stage, StageTime } from '../../binding.gyp'

export type StageTimes = Readonly<Record<Stage, Readonly<StageTime>>>

export interface Profile {
  /** Of the whole job. */
  readonly seconds: number
  /** Pictures that the loaders gave, those of every epoch counted. */
  readonly images: number
  /** What the job waited for, one thing after another: together `seconds`. */
  readonly job: Readonly<Record<JobStage, StageTime>>
  /** Work of the loaders' threads meanwhile: processor time, but for `read`, which counts the time that the disk takes too. */
  readonly loader: Readonly<Record<LoaderStage, StageTime>>
}

type LoaderStage = (typeof loaderStages)[number]
type NativeStage = (typeof nativeStages)[number]
type JobStage = 'before' | NativeStage | 'rest'

const loaderStages = ['read', 'decode', 'resize', 'augment'] as const
const nativeStages = ['wait', 'forward', 'backward', 'step', 'predict'] as const
const labels: Readonly<Record<JobStage, string>> = {
  before: 'before the first batch',
  wait: 'wait for a batch',
  forward: 'forward',
  backward: 'backward',
  step: 'step',
  predict: 'predict',
  rest: 'the rest',
}

/**
 * @param seconds of the whole job
 * @param before seconds until its first batch was done, and its stages by then
 * @param times its stages at the end
 */
export function profileOf(
  seconds: number,
  before: { readonly seconds: number; readonly times: StageTimes },
  times: StageTimes,
): Profile {
  const opening = before.seconds - nativeSeconds(before.times)
  const rest = seconds - opening - nativeSeconds(times)
  const pick = <Name extends Stage>(names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, { ...times[name] }])) as Record<Name, StageTime>
  return {
    seconds,
    images: times.wait.images,
    job: {
      before: { seconds: opening, images: 0 },
      ...pick(nativeStages),
      rest: { seconds: rest, images: 0 },
    },
    loader: pick(loaderStages),
  }
}

function nativeSeconds(times: StageTimes): number {
  return nativeStages.reduce((sum, name) => sum + times[name].seconds, 0)
}

/** The stages that took time, with their share of the whole, and how many images a second each alone would do. */
export function profileTable({ seconds, images, job, loader }: Profile): string {
  const row = (name: string, time: StageTime) => [
    name,
    time.seconds.toFixed(2),
    `${((100 * time.seconds) / seconds).toFixed(1)}%`,
    time.images > 0 && time.seconds > 0 ? rate(time.images / time.seconds) : '',
  ]
  const used = (Object.keys(job) as JobStage[]).filter((name) => job[name].seconds > 0)
  const rows = [
    ['', 'seconds', 'share', 'images/s'],
    ...used.map((name) => row(labels[name], job[name])),
    row('together', { seconds, images }),
    [],
    ['loader threads meanwhile', '', '', ''],
    ...loaderStages.map((name) => row(name, loader[name])),
  ]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)))
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => pad(cell, widths[i] ?? 0, i))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

function rate(perSecond: number): string {
  return perSecond.toFixed(perSecond < 10 ? 1 : 0)
}
