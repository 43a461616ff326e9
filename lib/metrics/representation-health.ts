/** The health of a representation: what is measured of an encoder's features by themselves. */

export interface RepresentationHealth {
  /** Pictures of the split that were looked at, and the width of their features. */
  readonly samples: number
  readonly columns: number
  /** Of the features about their mean, largest first. */
  readonly singularValues: Float64Array
  /** Of these, and of the features as they are (RankMe, Garrido et al. 2023, arXiv:2210.02885). */
  readonly effectiveRank: number
  readonly rankMe: number
  /** L2 norm of a feature vector, its mean and deviation. */
  readonly norm: number
  readonly normDeviation: number
  /** 0: all features have one direction; 1: directions are spread evenly. */
  readonly spread: number
  /** Top-1 of weighted k-NN with this encoder, and with the same one with random weights. */
  readonly nearest: {
    readonly k: number
    readonly train: number
    readonly queries: number
    readonly top1: number
    readonly randomTop1: number
  }
  /** Points [n, 2] and classes of n pictures; undefined where they are too few. */
  readonly map?: { readonly points: Float32Array; readonly labels: Int32Array }
}
