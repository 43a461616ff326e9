/** The native side as the rest of the library sees it. */
export { resolveDevice } from './device'
export { doctor } from './doctor'
export { hasCode } from './errors'
export { environment } from './load'
export { packageVersion } from './location'
export { Features, Loader, thumbnails } from './loader'
export { Session, type Logits } from './session'
export { grantedProcessors } from './threads'
