/** The conditions under which weights are bit-equal, and what to say when a resumed run finds others. */
import type { Environment, LinearKernel } from '../../binding.gyp'
import { IjepaError } from '../errors'

export interface Conditions {
  readonly torch: string
  readonly cpu: string
  readonly device: string
  readonly threads: number
  readonly linearKernel: LinearKernel
}

export function conditionsOf(
  found: Environment,
  { device, threads, linearKernel }: Pick<Conditions, 'device' | 'threads' | 'linearKernel'>,
): Conditions {
  return { torch: found.torchLoaded, cpu: found.cpu, device, threads, linearKernel }
}

/**
 * One line for each condition that differs.
 * @throws ERR_RESUME with `exact`
 */
export function compareConditions(before: Conditions, now: Conditions, exact: boolean): string[] {
  const names = ['torch', 'cpu', 'device', 'threads', 'linearKernel'] as const
  const differences = names
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} was ${before[name]}, is ${now[name]}`)
  if (exact && differences.length > 0) {
    throw new IjepaError('ERR_RESUME', `The run cannot go on bit-equal: ${differences.join('; ')}`, {
      differences,
    })
  }
  return differences
}
