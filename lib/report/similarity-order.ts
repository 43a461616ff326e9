/** An order of classes in which those that are taken for one another stand together. */

/** Label, predicted class and how many images; only what is above 0. */
export type SparseConfusion = readonly (readonly [label: number, predicted: number, images: number])[]

/**
 * The leaves of an agglomerative clustering by average linkage (Sokal and Michener 1958), found along chains of nearest neighbours
 * (Murtagh 1983) in a time of the square of the classes. Two classes are as similar as the shares of their images that are taken for
 * the other, together. Of equally similar ones the class with the lower index is taken.
 *
 * @param images of each class
 */
export function similarityOrder(images: readonly number[], confusion: SparseConfusion): number[] {
  const clusters = new Clusters(similarities(images, confusion), images.length)
  const chain: number[] = []
  while (clusters.count > 1) {
    if (chain.length === 0) chain.push(clusters.first())
    const end = chain.at(-1)!
    const next = clusters.nearest(end, chain.at(-2))
    if (next !== chain.at(-2)) {
      chain.push(next)
    } else {
      clusters.merge(end, next)
      chain.length -= 2
    }
  }
  return images.length === 0 ? [] : clusters.leaves(clusters.first())
}

/** [classes · classes], symmetric. */
function similarities(images: readonly number[], confusion: SparseConfusion): Float64Array {
  const classes = images.length
  const matrix = new Float64Array(classes * classes)
  for (const [label, predicted, count] of confusion) {
    if (label === predicted || !images[label]) continue
    matrix[label * classes + predicted]! += count / images[label]
    matrix[predicted * classes + label]! += count / images[label]
  }
  return matrix
}

class Clusters {
  count: number
  /** Classes of each cluster, in their order; empty once it is part of another. */
  private readonly members: number[][]

  constructor(
    /** Means over the pairs of two clusters' classes. */
    private readonly similar: Float64Array,
    private readonly size: number,
  ) {
    this.count = size
    this.members = Array.from({ length: size }, (_, c) => [c])
  }

  first(): number {
    return this.members.findIndex(({ length }) => length > 0)
  }

  leaves(cluster: number): number[] {
    return this.members[cluster]!
  }

  /** @param before taken among equals, so that a chain ends */
  nearest(cluster: number, before: number | undefined): number {
    let best = before ?? -1
    let most = before === undefined ? -1 : this.at(cluster, before)
    for (let other = 0; other < this.size; other++) {
      if (other === cluster || this.members[other]!.length === 0) continue
      const value = this.at(cluster, other)
      if (value > most) [best, most] = [other, value]
    }
    return best
  }

  /** Into the one with the lower index. */
  merge(a: number, b: number): void {
    const [kept, gone] = a < b ? [a, b] : [b, a]
    const [own, others] = [this.members[kept]!, this.members[gone]!]
    for (let third = 0; third < this.size; third++) {
      if (third === kept || third === gone || this.members[third]!.length === 0) continue
      const sum = own.length * this.at(kept, third) + others.length * this.at(gone, third)
      this.set(kept, third, sum / (own.length + others.length))
    }
    own.push(...others)
    this.members[gone] = []
    this.count--
  }

  private at(a: number, b: number): number {
    return this.similar[a * this.size + b]!
  }

  private set(a: number, b: number, value: number): void {
    this.similar[a * this.size + b] = value
    this.similar[b * this.size + a] = value
  }
}
