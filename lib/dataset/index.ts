/** Sources of labelled pictures -> sample tables, classes, splits, subsets, and orders from a seed. */
export { classTable } from './class-table'
export { heldOutRows } from './held-out-rows'
export { listImages, planarTable, unlabelled, type ListedImages } from './inputs'
export { chooseExamples } from './examples'
export type { BadPicture, DatasetWarning, Skipped } from './listing'
export { openDataset, openSplit, type Dataset, type DatasetContext } from './open-dataset'
export { epochOrder, sequentialOrder } from './random'
export { subset, type Split } from './split'
