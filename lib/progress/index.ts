/** How the events of a run are shown: a bar on a terminal, a display in a notebook, plain lines elsewhere. */
export { EventFile } from './event-file/event-file'
export { duration, rate } from './format'
export { progressListener, type ProgressListener, type ProgressStream } from './listener'
export { findTslab } from './notebook'
export { profileOf, profileTable, type Profile } from './profile'
