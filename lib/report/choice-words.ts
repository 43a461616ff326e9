/** What was tried before a probe trained, in words. */
import type { ChoiceSection } from './report-data'
import { count } from './words'

type Tried = ChoiceSection['candidates'][number]

/** 'linear-probe tried 6 pairs of learning rate and weight decay on 45,000 training images; 5,000 others of train chose …' */
export function choiceSentence(name: string, { candidates, chosen, ...choice }: ChoiceSection): string {
  const tried = `${name} tried ${triedWords(candidates)} on ${count(choice.trainedOn, 'training image')}`
  const taken = candidates[chosen]
  const words = taken ? candidateWords(taken, candidates) : ''
  if (choice.judgedBy === 'validation') {
    return `${tried}; the ${choice.judgedOn.toLocaleString('en-US')} validation images chose ${words}: their numbers are too good.`
  }
  return `${tried}; ${choice.judgedOn.toLocaleString('en-US')} held-out images of train chose ${words}, which all of train was then trained with. The validation images had no say in it.`
}

/** '4 pairs of learning rate and weight decay', '8 values of C, on the last block and on the last four'. */
function triedWords(candidates: readonly Tried[]): string {
  const [first] = candidates
  const kinds = candidateKinds(candidates)
  const each = candidates.length / kinds.length
  const settings =
    first?.c !== undefined
      ? count(each, 'value') + ' of C'
      : first?.k !== undefined
        ? count(each, 'number') + ' of neighbours'
        : count(each, 'pair') + ' of learning rate and weight decay'
  return kinds.length === 1 ? settings : `${settings} for each of ${count(kinds.length, 'kind')} of head`
}

/** The setting of a candidate, and of several kinds its own: '0.01 and 0, linear on the last block'. */
function candidateWords(one: Tried, candidates: readonly Tried[]): string {
  const { learningRate = 0, weightDecay = 0, c, k } = one
  const setting =
    c !== undefined
      ? `C ${Number(c.toPrecision(4))}`
      : k !== undefined
        ? count(k, 'neighbour')
        : `${learningRate} and ${weightDecay}`
  return candidateKinds(candidates).length === 1 ? setting : `${setting}, ${candidateKind(one)}`
}

/** In their order, each once. */
export const candidateKinds = (candidates: readonly Tried[]): string[] => [
  ...new Set(candidates.map(candidateKind)),
]

/** What a candidate is beside its numbers. */
export function candidateKind({ features = 'last', head = 'linear' }: Tried): string {
  const words = {
    linear: 'linear',
    'batchnorm-linear': 'batch norm and linear',
    logistic: 'logistic regression',
    neighbors: 'neighbours',
  }
  return `${words[head]} on the last ${features === 'last' ? 'block' : 'four blocks'}`
}
