import { analyse, bootstrapInterval, compare, mcnemarExact, wilsonInterval } from '../../../lib/metrics'

describe('wilsonInterval', () => {
  // statsmodels 0.14: proportion_confint(k, n, method='wilson')
  test.each([
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371107, 1],
    [382, 1000, 0.3523914553655261, 0.41251165963706493],
    [1, 3, 0.06149194472039624, 0.7923403991979523],
  ])('%i of %i equals statsmodels', (successes, samples, low, high) => {
    const interval = wilsonInterval(successes, samples)
    expect(interval.low).toBeCloseTo(low, 9)
    expect(interval.high).toBeCloseTo(high, 9)
  })

  test('refuses more successes than samples', () => {
    expect(() => wilsonInterval(3, 2)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
  })
})

describe('bootstrapInterval', () => {
  const values = Array.from({ length: 400 }, (_, i) => Number(i % 4 === 0))

  test('of a mean is close to the normal interval', () => {
    const { low, high } = bootstrapInterval(values)
    const half = 1.96 * Math.sqrt((0.25 * 0.75) / 400)
    expect(low).toBeCloseTo(0.25 - half, 1.9)
    expect(high).toBeCloseTo(0.25 + half, 1.9)
  })

  test('is the same for the same seed and another for another', () => {
    expect(bootstrapInterval(values, { seed: 7 })).toEqual(bootstrapInterval(values, { seed: 7 }))
    expect(bootstrapInterval(values, { seed: 7 })).not.toEqual(bootstrapInterval(values, { seed: 8 }))
  })

  test('takes another statistic of how often each sample was drawn', () => {
    const drawn = bootstrapInterval(values, {
      statistic: (counts) => counts.filter((n) => n > 0).length / 400,
    })
    expect(drawn.low).toBeGreaterThan(0.55)
    expect(drawn.high).toBeLessThan(0.7) // 1 − 1/e of the samples are in a resample
  })

  test('covers the truth about 95 times in 100', () => {
    let covered = 0
    for (let seed = 0; seed < 200; seed++) {
      let state = seed * 7919 + 1
      const sample = Array.from({ length: 100 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0
        return Number((state >>> 0) / 2 ** 32 < 0.3)
      })
      const { low, high } = bootstrapInterval(sample, { seed, resamples: 400 })
      covered += Number(low <= 0.3 && 0.3 <= high)
    }
    expect(covered).toBeGreaterThan(178)
    expect(covered).toBeLessThan(199)
  })

  test('refuses no samples and a level of 1', () => {
    expect(() => bootstrapInterval([])).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
    expect(() => bootstrapInterval([1], { level: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_ARGUMENT' }),
    )
  })
})

describe('mcnemarExact', () => {
  // statsmodels 0.14: mcnemar([[0, b], [c, 0]], exact=True)
  test.each([
    [12, 3, 0.03515625],
    [200, 260, 0.0058839224731039984],
    [5, 5, 1],
    [0, 0, 1],
  ])('of %i against %i equals statsmodels', (b, c, p) => {
    expect(mcnemarExact(b, c)).toBeCloseTo(p, 12)
  })
})

describe('compare', () => {
  const labels = new Int32Array(40)
  const right = (count: number) =>
    Float32Array.from({ length: 80 }, (_, i) => Number(i % 2 === Number(i / 2 >= count)))
  const first = { logits: right(20), labels }
  const second = { logits: right(32), labels }

  test('gives the difference of top-1, its interval and the exact p', () => {
    const found = compare(first, second)
    expect(found).toMatchObject({ difference: 0.3, onlyFirst: 0, onlySecond: 12 })
    expect(found.p).toBeCloseTo(2 / 2 ** 12, 12)
    expect(found.interval.low).toBeGreaterThan(0.1)
    expect(found.interval.high).toBeLessThan(0.5)
  })

  test('refuses classifiers that saw other samples', () => {
    const other = { logits: second.logits, labels: new Int32Array(40).fill(1) }
    expect(() => compare(first, other)).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT' }))
  })
})

describe('analyse', () => {
  const logits = Float32Array.from([3, 0, 0, 0, 2, 0, 4, 0, 0, 0, 1, 0, 0, 0, 5, 9, 0, 0])
  const labels = Int32Array.from([0, 1, 1, 0, 2, 2])
  const found = analyse({ logits, labels }, { resamples: 50 })

  test('lists the most confident mistakes first, with what the true class was given', () => {
    expect(found.mistakes.map(({ row, label, predicted }) => [row, label, predicted])).toEqual([
      [5, 2, 0],
      [2, 1, 0],
      [3, 0, 1],
    ])
    expect(found.mistakes[0]!.labelProbability).toBeCloseTo(1 / (Math.exp(9) + 2), 9)
  })

  test('has a row for each class, an interval for each recall, and confused pairs by count', () => {
    expect(found.perClass.map(({ samples, predicted }) => [samples, predicted])).toEqual([
      [2, 3],
      [2, 2],
      [2, 1],
    ])
    expect(found.perClass[0]).toMatchObject({ precision: 1 / 3, recall: 1 / 2, f1: 2 / 5 })
    expect(found.confusedPairs[0]).toEqual({ label: 0, predicted: 1, count: 1, of: 2 })
  })

  test('leaves out the precision of a class that was never predicted and the recall of one without samples', () => {
    const { perClass } = analyse(
      { logits: Float32Array.of(2, 1, 0), labels: Int32Array.of(1) },
      { resamples: 2 },
    )
    expect(perClass[1]).not.toHaveProperty('precision')
    expect(perClass[2]).not.toHaveProperty('recall')
  })

  test('every interval holds its score', () => {
    for (const [name, { low, high }] of Object.entries(found.intervals)) {
      const value = found.scores[name as 'nll']
      expect([name, low <= value && value <= high]).toEqual([name, true])
    }
  })

  test('reliability bins hold every sample once', () => {
    expect(found.reliability).toHaveLength(15)
    expect(found.reliability.reduce((sum, bin) => sum + bin.samples, 0)).toBe(6)
  })

  test('ranks the choices of every row', () => {
    expect([...found.predictions.classes.subarray(0, 3)]).toEqual([0, 1, 2])
    expect(found.predictions.probabilities[3]).toBeCloseTo(Math.exp(2) / (Math.exp(2) + 2), 6)
  })
})
