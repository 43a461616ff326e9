import { withEveryClass } from '../../../lib/train/sampled-features'

const labels = Int32Array.of(0, 0, 1, 2, 3, 3, 4, 5)

it('leaves labels as they are where the samples have every class', () => {
  expect(withEveryClass(labels, Int32Array.from(labels.keys()))(3)).toEqual(labels)
})

it('lends rows to the classes that are missing, in turn, and no others', () => {
  const samples = Int32Array.of(0, 1, 2, 3, 4)
  const shown = withEveryClass(labels, samples)
  const seen = [0, 1].map((repetition) => shown(repetition))
  expect(seen[0]).toEqual(labels)
  expect([...seen[1]!].filter((label, i) => label !== labels[i])).toHaveLength(2)
  expect(new Set(seen.flatMap((own) => Array.from(samples, (sample) => own[sample])))).toEqual(
    new Set([0, 1, 2, 3, 4, 5]),
  )
  expect(labels).toEqual(Int32Array.of(0, 0, 1, 2, 3, 3, 4, 5))
})
