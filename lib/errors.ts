/** The one error class of this library, and its codes. */

export const errorCodes = [
  /** An option is unknown, out of range, or contradicts another; `details.issues` lists every one. */
  'ERR_CONFIG',
  /** An option of the published API that this version does not implement yet. */
  'ERR_UNSUPPORTED',
  /** A method was called with something it cannot take. */
  'ERR_ARGUMENT',
  /** Classes, labels, splits or the layout of a data set. */
  'ERR_DATASET',
  /** A picture cannot be read; `details.file` names it. */
  'ERR_IMAGE_DECODE',
  /** A picture of a kind that is not read (SVG, …) or larger than allowed. */
  'ERR_IMAGE_REFUSED',
  /** A checkpoint file is damaged, hostile, or of an unknown format. */
  'ERR_CHECKPOINT_FORMAT',
  /** A checkpoint's parameters are not those of the model; `details` lists what differs. */
  'ERR_CHECKPOINT_MISMATCH',
  /** The number of attention heads is not known from the file: give the `heads` option. */
  'ERR_HEADS_UNKNOWN',
  /** A file or folder is missing, unreadable, or cannot be written. */
  'ERR_FILE',
  /** The asked device is not there. */
  'ERR_DEVICE',
  'ERR_OUT_OF_MEMORY',
  /** Training met a loss or gradient that is not finite. */
  'ERR_LOSS_NOT_FINITE',
  /** Logits or metrics that are not finite. */
  'ERR_NOT_FINITE',
  /** A second job on a Trainer, or a second run on a directory. */
  'ERR_BUSY',
  /** Use of a handle after dispose(). */
  'ERR_DISPOSED',
  /** A resumed run whose data, configuration or conditions have changed. */
  'ERR_RESUME',
  /** The addon or LibTorch is missing, or they do not belong together. */
  'ERR_ADDON_LOAD',
  /** Internal: a native job was cancelled. Callers see the signal's reason instead. */
  'ERR_CANCELLED',
  /** Anything else from the native side. */
  'ERR_NATIVE',
] as const

export type IjepaErrorCode = (typeof errorCodes)[number]

/**
 * Every failure that this library reports itself. The message says what was expected, what was found, and what to do next.
 * An aborted call rejects with its signal's reason instead.
 */
export class IjepaError extends Error {
  override readonly name = 'IjepaError'

  constructor(
    readonly code: IjepaErrorCode,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}
