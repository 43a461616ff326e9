/** A sample that costs much: what it has, and what it is said to have. */
export interface TopLoss {
  /** Row of the logits. */
  readonly row: number
  /** In nats; of several labels the mean over the classes. */
  readonly loss: number
  readonly labels: readonly number[]
  /** Most probable first. */
  readonly predicted: readonly { readonly class: number; readonly probability: number }[]
}
