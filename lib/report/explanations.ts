/** What report.json holds of the answers that were explained, and what it is built from. */
import { attentionMap, signedMap, type HeatMap } from './heat-map'

/** Importance by patch of a picture as the model sees it, row by row. */
export interface WeightsInput {
  readonly height: number
  readonly width: number
  readonly weights: Float32Array
}

export interface ExplainedInput {
  readonly answers: readonly {
    readonly row: number
    readonly label: number
    readonly predicted: number
    readonly probability: number
    /** JPEG, as the model sees it. */
    readonly picture: Uint8Array
    readonly forPredicted: WeightsInput
    /** Of mistakes: for the true class. */
    readonly forLabel?: WeightsInput
    readonly attention: WeightsInput
    readonly neighbors: readonly {
      readonly file: string
      readonly label: number
      readonly similarity: number
      /** JPEG */
      readonly thumbnail: Uint8Array
    }[]
  }[]
  /** Training images that neighbours were looked for among, and how many there are. */
  readonly search?: { readonly searched: number; readonly of: number }
}

export interface NeighborEntry {
  readonly file: string
  readonly label: number
  /** Cosine of pooled features. */
  readonly similarity: number
  /** JPEG, base64. */
  readonly thumbnail: string
}

export interface ExplanationEntry {
  readonly file: string
  readonly label: number
  readonly predicted: number
  readonly probability: number
  /** JPEG, base64: as the model sees it. */
  readonly picture: string
  /** Gradient × activation; the strongest patch is 1 or -1. */
  readonly forPredicted: HeatMap
  /** Of mistakes. */
  readonly forLabel?: HeatMap
  /** Attention rollout; from 0 to 1. */
  readonly attention: HeatMap
  /** Nearest first. */
  readonly neighbors: readonly NeighborEntry[]
}

/** Mistakes first, then right answers. */
export interface ExplanationsSection {
  readonly answers: readonly ExplanationEntry[]
  /** Null where there are no neighbours. */
  readonly search: { readonly searched: number; readonly of: number } | null
}

export function explanationsOf(
  { answers, search }: ExplainedInput,
  files: readonly string[],
): ExplanationsSection {
  return {
    answers: answers.map(({ row, picture, forPredicted, forLabel, attention, neighbors, ...answer }) => ({
      file: files[row] ?? '',
      ...answer,
      picture: base64(picture),
      forPredicted: signedMap(forPredicted),
      ...(forLabel ? { forLabel: signedMap(forLabel) } : {}),
      attention: attentionMap(attention),
      neighbors: neighbors.map((neighbor) => ({ ...neighbor, thumbnail: base64(neighbor.thumbnail) })),
    })),
    search: search ?? null,
  }
}

const base64 = (jpeg: Uint8Array): string => Buffer.from(jpeg).toString('base64')
