/** Checkpoints, whatever their container, as byte ranges to load; and the headers of those that we write. */
export {
  openCheckpoint,
  requireHeads,
  type Checkpoint,
  type OpenOptions,
  type SavedClassifier,
} from './checkpoint'
export { encoderNames, encoderParameters, parameterShape, type EncoderGeometry } from './encoder-names'
export { huggingFaceConfig, modelType, parseHuggingFaceConfig } from './hugging-face-config'
export { layersOf, type HeadFeatures } from './head-features'
export { isAttentive, poolerShapes, type Pooling } from './pooling'
export { huggingFaceModel } from './hugging-face-model'
export { neighborsFile, neighborTensors } from './neighbors-file'
export { inspect, type TensorStatistics } from './inspect'
export { parsePreprocessorConfig, preprocessorConfig } from './preprocessor-config'
export { readSafetensors, safetensorsHeader, type SafetensorsFile } from './safetensors'
export { elementBytes, type StoredTensor } from './stored-tensor'
