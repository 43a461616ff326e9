/** What the addon throws becomes an IjepaError, made here: under jest and in workers a native error is of another realm. */
import { errorCodes, IjepaError, type IjepaErrorCode } from '../errors'

interface NativeError {
  message: string
  code?: unknown
  file?: unknown
}

function isNativeError(error: unknown): error is NativeError {
  return typeof error === 'object' && error !== null && 'message' in error
}

/** An IjepaError stays itself; one of the addon's keeps its code and file. */
export function fromNative(error: unknown): unknown {
  if (error instanceof IjepaError || !isNativeError(error)) return error
  const code = errorCodes.find((known) => known === error.code)
  if (code === undefined) return error
  const details = typeof error.file === 'string' ? { file: error.file } : undefined
  return new IjepaError(code, withFile(error), details, { cause: error })
}

function withFile({ message, file }: NativeError): string {
  return typeof file === 'string' && !message.includes(file) ? `${file}: ${message}` : message
}

export async function settled<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise
  } catch (error) {
    throw fromNative(error)
  }
}

export function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw fromNative(error)
  }
}

export function hasCode(error: unknown, code: IjepaErrorCode): boolean {
  return error instanceof IjepaError && error.code === code
}
