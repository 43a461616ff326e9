/** Entry of a worker thread: does the one task that it was given, and answers. */
import { parentPort, workerData } from 'node:worker_threads'
import { IjepaError } from '../errors'
import type { Answer, Task } from './run-in-worker'

async function run({ module, name, inputs }: Task): Promise<Answer> {
  try {
    const loaded = (await import(module)) as Record<string, (...inputs: readonly unknown[]) => unknown>
    return { value: await loaded[name]!(...inputs) }
  } catch (error) {
    if (error instanceof IjepaError) {
      const { code, message, details } = error
      return { error: { code, message, ...(details ? { details } : {}) } }
    }
    const { message, stack } = error as Error
    return { error: { message, ...(stack ? { stack } : {}) } }
  }
}

void run(workerData as Task).then((answer) => {
  parentPort?.postMessage(answer)
})
