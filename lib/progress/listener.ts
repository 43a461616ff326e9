/** Chooses how progress is shown: a bar on a terminal, a display in a notebook, plain lines elsewhere. */
import type { Control, TrainEvent } from '../api'
import { findTslab, notebookProgress } from './notebook'
import { plainProgress } from './plain'
import { terminalProgress } from './terminal'

export interface ProgressListener {
  onEvent(event: TrainEvent): void
  /** Leaves the terminal on a fresh line; safe to call more than once, after `done` or instead of it. */
  close(): void
}

/** What is needed of a stream; `process.stderr` is one. */
export interface ProgressStream {
  write(text: string): unknown
  isTTY?: boolean
  /** Width in characters, read anew at each redraw; 80 where unknown. */
  columns?: number
}

/**
 * Listens to the events of one run or evaluation and shows them.
 *
 * @param mode 'auto': a notebook display in tslab, a bar where `stream` is a terminal that can move its cursor, plain lines elsewhere
 * @param stream where bar and lines go; standard error, so that standard output stays for results
 */
export function progressListener(
  mode: NonNullable<Control['progress']> = 'auto',
  stream: ProgressStream = process.stderr,
): ProgressListener {
  if (mode === 'none') return { onEvent() {}, close() {} }
  if (mode === 'plain') return plainProgress(stream)
  if (mode === 'bar') return terminalProgress(stream)
  const tslab = findTslab()
  if (tslab) return notebookProgress(tslab)
  return stream.isTTY && process.env.TERM !== 'dumb' ? terminalProgress(stream) : plainProgress(stream)
}
