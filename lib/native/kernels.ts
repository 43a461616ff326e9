/** Which library multiplies float32 matrices on this CPU. */
import type { LinearKernel } from '../../binding.gyp'
import { settled } from './errors'
import { loadAddon } from './load'

const measured = new Map<number, Promise<Record<LinearKernel, number>>>()

/** FLOP/s of each kernel, measured once a thread count. */
export function linearRates(threads: number): Promise<Record<LinearKernel, number>> {
  const known = measured.get(threads) ?? settled(loadAddon().linearRates(threads))
  measured.set(threads, known)
  return known
}

/** oneDNN unless the BLAS is clearly faster: near a tie the choice must not change from one process to the next. */
export async function fasterLinearKernel(threads: number): Promise<LinearKernel> {
  const { blas, onednn } = await linearRates(threads)
  return blas > 1.25 * onednn ? 'blas' : 'onednn'
}
