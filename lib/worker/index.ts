/** Heavy work in other threads. */
export { runInWorker } from './run-in-worker'
export { sharedFloats } from './shared-floats'
