/** Which library multiplies float32 matrices on this CPU. */
import type { LinearKernel } from '../../binding.gyp'
import { settled } from './errors'
import { loadAddon } from './load'

export type LinearRates = Readonly<Record<LinearKernel, number>>

const measured = new Map<number, Promise<LinearRates>>()

/** FLOP/s of each kernel, measured once a thread count. */
export function linearRates(threads: number): Promise<LinearRates> {
  const known = measured.get(threads) ?? measure(threads)
  measured.set(threads, known)
  return known
}

async function measure(threads: number): Promise<LinearRates> {
  const addon = loadAddon()
  const blas = await settled(addon.linearRate('blas', 'fp32', threads))
  return { blas, onednn: await settled(addon.linearRate('onednn', 'fp32', threads)) }
}

export async function fasterLinearKernel(threads: number): Promise<LinearKernel> {
  return chooseLinearKernel(await linearRates(threads))
}

/** oneDNN unless the BLAS is clearly faster: near a tie the choice must not change from one process to the next. */
export function chooseLinearKernel({ blas, onednn }: LinearRates): LinearKernel {
  return blas > 1.25 * onednn ? 'blas' : 'onednn'
}
