/** TensorBoard's events as bytes: scalars, hyper-parameters, and where a session begins and ends. */
import { double, float, nested, whole } from './message'
import { record } from './record'

export interface EventPlace {
  /** Seconds since 1970. */
  readonly time: number
  /** Updates so far. */
  readonly step: number
}

/** The first event of every file. */
export const fileVersion = (time: number): Buffer =>
  record(Buffer.concat([double(1, time), nested(3, 'brain.Event:2')]))

export function scalars(place: EventPlace, values: Readonly<Record<string, number>>): Buffer {
  return summary(
    place,
    Object.entries(values).map(([tag, value]) => nested(1, nested(1, tag), float(2, value))),
  )
}

/** What earlier files of the run have from this step on is dropped: it is done again. */
export const sessionStart = (place: EventPlace): Buffer => event(place, nested(7, whole(1, 1)))

export function hyperParameters(place: EventPlace, values: Readonly<Record<string, HyperParameter>>): Buffer {
  const entries = Object.entries(values).map(([name, value]) =>
    nested(1, nested(1, name), nested(2, protoValue(value))),
  )
  return plugin(place, '_hparams_/session_start_info', nested(3, ...entries, double(5, place.time)))
}

export type HyperParameter = number | string | boolean

export function sessionEnd(place: EventPlace, isSuccess: boolean): Buffer {
  const status = isSuccess ? 1 : 2
  return plugin(place, '_hparams_/session_end_info', nested(4, whole(1, status), double(2, place.time)))
}

/** A value whose meaning is in the metadata of a plugin; TensorBoard wants a tensor with it, which holds nothing. */
function plugin(place: EventPlace, tag: string, content: Uint8Array): Buffer {
  const metadata = nested(9, nested(1, nested(1, 'hparams'), nested(2, content)))
  const nothing = nested(8, whole(1, 1), nested(2), float(5, 0))
  return summary(place, [nested(1, nested(1, tag), metadata, nothing)])
}

function protoValue(value: HyperParameter): Buffer {
  if (typeof value === 'number') return double(2, value)
  return typeof value === 'string' ? nested(3, value) : whole(4, Number(value))
}

const summary = (place: EventPlace, values: readonly Uint8Array[]): Buffer =>
  event(place, nested(5, ...values))

const event = ({ time, step }: EventPlace, content: Uint8Array): Buffer =>
  record(Buffer.concat([double(1, time), whole(2, step), content]))
