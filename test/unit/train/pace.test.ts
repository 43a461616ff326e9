import { batchPace, Tally } from '../../../lib/train/pace'

const batches = (...sizes: number[]) => {
  let at = 0
  let starts = 0
  return {
    start: () => {
      starts++
      at = 0
    },
    next: async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return sizes[at++] ?? 0
    },
    starts: () => starts,
  }
}

test('a tally is the mean over what was added, and 0 before', () => {
  const tally = new Tally()
  expect(tally.secondsPerPicture).toBe(0)
  tally.add(10, 1)
  tally.add(30, 3)
  expect(tally.secondsPerPicture).toBe(0.1)
  expect(tally.isEnough).toBe(true)
})

test('the first batch is told apart from those after it', async () => {
  const { start, next, starts } = batches(4, 4, 4)
  const pace = await batchPace(start, next)
  expect(starts()).toBe(1)
  expect(pace.secondsPerPicture).toBeGreaterThan(0.0015)
  expect(pace.first).toBeGreaterThanOrEqual(0)
})

test('one batch alone is timed a second time; no pictures take no time', async () => {
  const one = batches(4)
  expect((await batchPace(one.start, one.next)).secondsPerPicture).toBeGreaterThan(0.0015)
  expect(one.starts()).toBe(2)
  const none = batches()
  expect((await batchPace(none.start, none.next)).secondsPerPicture).toBe(0)
})
