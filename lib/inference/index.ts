/** A model over pictures gives logits or features: the one path of validation, predict and evaluate. */
export { imageSides, imageSizeOf, modelFolder, openEncoder, type Encoder } from './encoder-source'
export {
  evaluationLoader,
  evaluationLoaderOptions,
  maxPixels,
  type EvaluationLoaderOptions,
} from './evaluation-loader'
export { explainPictures, labelIndex, type ExplainedPicture } from './explain'
export { inOrder } from './in-order'
export { logitsOf, type SplitLogits } from './logits'
export { createModel, type ModelOptions } from './model'
export { Predictor } from './predictor'
export { headColumns, writeModelFolder, type ModelDescription } from './model-folder'
export { openClassifier, type SavedClassifierOptions } from './saved-classifier'
export { seenPictures } from './seen-pictures'
export { verifySelfCheck } from './self-check'
