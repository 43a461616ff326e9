/** The public API. */
import type { FeatureCache } from './api'
import { featureCache as kept } from './train'

export type * from './api'
export { Classifier, type LoadOptions } from './classifier'
export { contactSheet } from './contact-sheet'
export { IjepaError, type IjepaErrorCode } from './errors'
export { inspect } from './checkpoint'
export { score, scoreAsync } from './metrics'
export { doctor } from './native'
export { loadReport } from './report'
export { Trainer } from './trainer'

/** Typed by the API alone: what lies behind it is nothing that a consumer's compiler should read. */
export const featureCache: FeatureCache = kept
