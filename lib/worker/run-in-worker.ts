/** Runs an exported pure function in a thread of its own, so that the event loop stays free. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { IjepaError, type IjepaErrorCode } from '../errors'

/** What the thread is told: `require(module)[name](...inputs)`. */
export interface Task {
  readonly module: string
  readonly name: string
  readonly inputs: readonly unknown[]
}

/** What it answers. */
export type Answer =
  | { readonly value: unknown }
  | {
      readonly error: {
        readonly code?: IjepaErrorCode
        readonly message: string
        readonly details?: Readonly<Record<string, unknown>>
        readonly stack?: string
      }
    }

const entry = join(__dirname, 'worker.js')

/**
 * Calls `require(module)[name](...inputs)` in a worker thread. Inputs and result are copied (structured clone); arrays on
 * a SharedArrayBuffer are not. Where there is no compiled entry beside this file (TypeScript sources, a bundle), the call
 * runs on this thread.
 * @param module absolute path of a compiled module
 * @throws what the function throws, an IjepaError as such; ERR_NATIVE when the thread ends without an answer
 */
export async function runInWorker<T>(
  module: string,
  name: string,
  ...inputs: readonly unknown[]
): Promise<T> {
  if (!existsSync(entry)) {
    const loaded = (await import(module)) as Record<string, (...inputs: readonly unknown[]) => T>
    return loaded[name]!(...inputs)
  }
  const task: Task = { module, name, inputs }
  const answer = await new Promise<Answer>((resolve, reject) => {
    const worker = new Worker(entry, { workerData: task })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', (code) => {
      reject(
        new IjepaError(
          'ERR_NATIVE',
          `The worker thread of ${name} ended with code ${code} before it answered`,
        ),
      )
    })
  })
  if ('value' in answer) return answer.value as T
  throw asError(answer.error)
}

function asError(thrown: Extract<Answer, { error: unknown }>['error']): Error {
  if (thrown.code) return new IjepaError(thrown.code, thrown.message, thrown.details)
  return Object.assign(new Error(thrown.message), thrown.stack ? { stack: thrown.stack } : {})
}
