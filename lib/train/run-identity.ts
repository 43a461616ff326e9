/** What a run is: no part of it may change when the run goes on. */
import { createHash } from 'node:crypto'
import { IjepaError } from '../errors'

/** The part of config.json that each checkpoint keeps beside its tensors. */
export interface RunIdentity {
  readonly kind: unknown
  readonly recipe: unknown
  readonly seed: unknown
  /** Undefined for a run by itself. */
  readonly repetition?: unknown
  readonly dataFingerprint: unknown
  readonly conditions: unknown
}

export function identityOf(record: Readonly<Record<string, unknown>>): RunIdentity {
  const { kind, recipe, trainer, repetition, dataFingerprint, conditions } = record
  return {
    kind,
    recipe,
    seed: (trainer as { seed?: unknown } | undefined)?.seed,
    ...(repetition === undefined ? {} : { repetition }),
    dataFingerprint,
    conditions,
  }
}

/** Of all else in config.json, whatever its layout: SHA-256. */
export function configChecksum({ checksum: _, ...config }: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex')
}

/**
 * Refuses a config.json that is not as the run wrote it, naming what differs from the checkpoint where there is one.
 * @throws ERR_RESUME
 */
export function checkIdentity(
  file: string,
  record: Readonly<Record<string, unknown>>,
  saved: RunIdentity | undefined,
): void {
  const differences = saved === undefined ? [] : differencesOf(saved, identityOf(record), '')
  if (differences.length === 0 && record.checksum === configChecksum(record)) return
  const what =
    differences.length > 0
      ? differences.slice(0, 5).join('; ')
      : 'it is not as the run wrote it, edited by hand'
  throw new IjepaError(
    'ERR_RESUME',
    `${file} has changed since the run began: ${what}. A resumed run may not change: put it back, or start a new run`,
    { file, differences },
  )
}

/** One line for each leaf that differs: `recipe.epochs was 3, is 30`. */
function differencesOf(before: unknown, now: unknown, path: string): string[] {
  if (isObject(before) && isObject(now)) {
    const names = new Set([...Object.keys(before), ...Object.keys(now)])
    return [...names].flatMap((name) =>
      differencesOf(before[name], now[name], path === '' ? name : `${path}.${name}`),
    )
  }
  const [a, b] = [shown(before), shown(now)]
  return a === b ? [] : [`${path} was ${a}, is ${b}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value)
}
