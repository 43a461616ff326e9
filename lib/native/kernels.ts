/** Which library multiplies float32 matrices on this CPU. */
import type { Environment, LinearKernel } from '../../binding.gyp'
import { settled } from './errors'
import { environment, loadAddon } from './load'

export type LinearRates = Readonly<Record<'blas' | 'onednn', number>>

const measured = new Map<number, Promise<LinearRates>>()

/** FLOP/s of each kernel, measured once a thread count. */
export function linearRates(threads: number): Promise<LinearRates> {
  const known = measured.get(threads) ?? settled(loadAddon().linearRates(threads, 0.1))
  measured.set(threads, known)
  return known
}

export async function fasterLinearKernel(threads: number): Promise<LinearKernel> {
  return knownLinearKernel(environment()) ?? chooseLinearKernel(await linearRates(threads))
}

/** Without measuring; undefined where only that tells. */
export function knownLinearKernel({
  blasOfMaker,
}: Pick<Environment, 'blasOfMaker'>): LinearKernel | undefined {
  return blasOfMaker ? 'mixed' : undefined
}

/** oneDNN unless the BLAS is clearly faster: near a tie the choice must not change from one process to the next. */
export function chooseLinearKernel({ blas, onednn }: LinearRates): LinearKernel {
  return blas > 1.25 * onednn ? 'blas' : 'onednn'
}
