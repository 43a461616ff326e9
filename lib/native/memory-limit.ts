/** How much of the memory tensors may take, and how much they do. */
import { cpuMemory, loadAddon } from './load'
import { availableMemory } from './memory'

/** Of what is free, the share that tensors may take; the rest is for what is no tensor. */
const share = 0.9

/**
 * Until it is lifted, CPU tensors of this process take at most `bytes`, by default nine tenths of what is free now beside what
 * they have: an error that can be answered comes before the kernel ends the process without a word.
 */
export function limitCpuMemory(bytes?: number): void {
  const { live, cached } = cpuMemory()
  loadAddon().limitCpuMemory(bytes ?? live + cached + share * availableMemory())
}

export function liftCpuMemoryLimit(): void {
  loadAddon().limitCpuMemory(0)
}

/** Bytes of LibTorch's tensors on a device: held now with what is kept for reuse, at most since the last call, and to be had beside. */
export function deviceMemory(device: string): { held: number; peak: number; free: number } {
  return { free: share * availableMemory(), ...loadAddon().deviceMemory(device) }
}
