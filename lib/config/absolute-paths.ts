/** Paths that hold wherever a run is taken up again. */
import { resolve } from 'node:path'
import type { EncoderSource, Sample, Source } from '../api'
import type { TrainerConfig } from './config'

/** The configuration with the paths of encoder and data made absolute; lists of samples stay as they are. */
export function withAbsolutePaths(config: TrainerConfig): TrainerConfig {
  const { train, validation, test, subset } = config.data
  const kept = validation === 'none' || (typeof validation === 'object' && 'fraction' in validation)
  const data = {
    ...config.data,
    train: absoluteSource(train),
    validation: kept ? validation : absoluteSource(validation),
    ...(test === undefined ? {} : { test: absoluteSource(test) }),
    ...(subset?.list === undefined ? {} : { subset: { ...subset, list: resolve(subset.list) } }),
  }
  return Object.freeze({ ...config, encoder: absoluteEncoder(config.encoder), data: Object.freeze(data) })
}

function absoluteEncoder(source: EncoderSource): EncoderSource {
  if (typeof source === 'string') return resolve(source)
  return 'from' in source ? { ...source, from: resolve(source.from) } : source
}

function absoluteSource(source: Source): Source {
  if (typeof source === 'string') return resolve(source)
  if (isList(source)) return source.every(isPath) ? source.map((path) => resolve(path)) : source
  const { images, labels, synsets, splits } = source
  return {
    ...source,
    images: resolve(images),
    labels: resolve(labels),
    ...(synsets ? { synsets: resolve(synsets) } : {}),
    ...(splits ? { splits: resolve(splits) } : {}),
  }
}

function isList(source: Source): source is readonly string[] | readonly Sample[] {
  return Array.isArray(source)
}

const isPath = (item: string | Sample): item is string => typeof item === 'string'
