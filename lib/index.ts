/** The public API. */
export type * from './api'
export { Classifier, type LoadOptions } from './classifier'
export { IjepaError, type IjepaErrorCode } from './errors'
export { inspect } from './checkpoint'
export { score, scoreAsync } from './metrics'
export { doctor } from './native'
export { loadReport } from './report'
export { Trainer } from './trainer'
