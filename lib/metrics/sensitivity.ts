/** How decisions change with single qualities of the pictures: what a classifier goes by. */
import { wilsonInterval, type BootstrapOptions } from './intervals'
import { meanEstimates, type Estimate } from './robustness'

/** Classes decided, of the same N pictures as they are and under every change. */
export interface SensitivityResults {
  readonly changes: readonly PictureChange[]
  /** [N], class indices. */
  readonly labels: Int32Array
  /** [N]: of the pictures as they are. */
  readonly clean: Int32Array
  /** [N] by change. */
  readonly changed: readonly Int32Array[]
}

export interface PictureChange {
  /** The quality that it takes away; several changes may take the same one. */
  readonly attribute: string
  readonly name: string
  readonly strength: number
}

export interface ChangeScores extends PictureChange {
  readonly top1: Estimate
  /** Of the pictures as they are less under the change, with a paired bootstrap interval. */
  readonly loss: Estimate
  /** Share of the decisions that are others under the change. */
  readonly flips: Estimate
}

export interface AttributeScores {
  readonly attribute: string
  /** Means over its changes. */
  readonly flips: Estimate
  readonly loss: Estimate
}

export interface SensitivityScores {
  readonly images: number
  readonly top1: Estimate
  readonly changes: readonly ChangeScores[]
  readonly attributes: readonly AttributeScores[]
  /** Null with one attribute alone. */
  readonly lean: Lean | null
}

/** The attribute that most decisions change with. */
export interface Lean {
  readonly attribute: string
  /** The one after it. */
  readonly next: string
  /** Flips of the first less those of the next. */
  readonly lead: Estimate
  /** The 95 % intervals of its lead over every other attribute are above none. */
  readonly isClear: boolean
}

/** Wilson's intervals of shares; percentile bootstrap over pictures of means and differences, which keeps what belongs together. */
export function sensitivityScores(
  results: SensitivityResults,
  options?: BootstrapOptions,
): SensitivityScores {
  const { changes, labels, clean, changed } = results
  const names = [...new Set(changes.map(({ attribute }) => attribute))]
  const cleanRight = shares(clean, (decided, row) => Number(decided === labels[row]))
  const losses = changed.map((decisions) =>
    shares(decisions, (decided, row) => cleanRight[row]! - Number(decided === labels[row])),
  )
  const flips = changed.map((decisions) =>
    shares(decisions, (decided, row) => Number(decided !== clean[row])),
  )
  const own = names.map((name) => changes.flatMap(({ attribute }, i) => (attribute === name ? [i] : [])))
  const flipsOf = own.map((indices) => meanOver(indices.map((index) => flips[index]!)))
  const lossOf = own.map((indices) => meanOver(indices.map((index) => losses[index]!)))
  const totals = flipsOf.map(sum)
  const order = [...names.keys()].sort((a, b) => totals[b]! - totals[a]! || a - b)
  const [first = 0, ...others] = order
  const leads = others.map((other) => shares(flipsOf[first]!, (share, row) => share - flipsOf[other]![row]!))
  const estimates = meanEstimates([...losses, ...flipsOf, ...lossOf, ...leads], labels.length, options)
  const take = (count: number) => estimates.splice(0, count)
  const [lossEstimates, flipEstimates, attributeLosses, leadEstimates] = [
    take(losses.length),
    take(names.length),
    take(names.length),
    take(leads.length),
  ]
  return {
    images: labels.length,
    top1: shareOf(cleanRight),
    changes: changes.map(({ attribute, name, strength }, i) => ({
      ...{ attribute, name, strength },
      top1: shareOf(shares(changed[i]!, (decided, row) => Number(decided === labels[row]))),
      loss: lossEstimates[i]!,
      flips: shareOf(flips[i]!),
    })),
    attributes: names.map((attribute, i) => ({
      attribute,
      flips: flipEstimates[i]!,
      loss: attributeLosses[i]!,
    })),
    lean:
      leadEstimates.length === 0
        ? null
        : {
            attribute: names[first]!,
            next: names[others[0]!]!,
            lead: leadEstimates[0]!,
            isClear: leadEstimates.every(({ low }) => low > 0),
          },
  }
}

/** What each picture adds to a mean. */
type Shares = Float64Array

const shares = (values: Int32Array | Shares, share: (value: number, row: number) => number): Shares =>
  Float64Array.from(values, share)

const sum = (values: Shares): number => values.reduce((total, value) => total + value, 0)

function meanOver(some: readonly Shares[]): Shares {
  return shares(some[0]!, (_, row) => some.reduce((total, own) => total + own[row]!, 0) / some.length)
}

/** Of zeros and ones. */
function shareOf(values: Shares): Estimate {
  const count = sum(values)
  return { value: count / values.length, ...wilsonInterval(count, values.length) }
}
