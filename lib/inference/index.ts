/** A model over pictures gives logits or features: the one path of validation, predict and evaluate. */
export { imageSides, imageSizeOf, modelFolder, openEncoder, type Encoder } from './encoder-source'
export {
  evaluationLoader,
  evaluationLoaderOptions,
  maxPixels,
  type EvaluationLoaderOptions,
} from './evaluation-loader'
export { inOrder } from './in-order'
export { logitsOf, type SplitLogits } from './logits'
export { createModel, type ModelOptions } from './model'
export { Predictor } from './predictor'
export { writeModelFolder, type ModelDescription } from './model-folder'
export { openClassifier } from './saved-classifier'
export { verifySelfCheck } from './self-check'
