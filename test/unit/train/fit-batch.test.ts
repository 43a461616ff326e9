import { divisors, largestThatFits } from '../../../lib/train/fit-batch'

/** Bytes of updates by size, as a straight line, and the sizes that were asked for. */
function measure(each: number, most = Infinity) {
  const asked: number[] = []
  const bytes = (size: number): Promise<number | undefined> => {
    asked.push(size)
    return Promise.resolve(size > most ? undefined : 100 + each * size)
  }
  return { asked, bytes }
}

test('the largest size within the budget, from two small measurements and one of what is chosen', async () => {
  const { asked, bytes } = measure(10)
  expect(await largestThatFits(divisors(64), bytes, 100 + 10 * 40)).toBe(32)
  expect(asked).toEqual([1, 8, 32])
})

test('sizes that divide an update of any number of pictures', async () => {
  expect(divisors(33)).toEqual([1, 3, 11, 33])
  expect(await largestThatFits(divisors(528), measure(10).bytes, 100 + 10 * 50)).toBe(48)
})

test('what runs out of memory all the same is passed by', async () => {
  const { bytes } = measure(10, 20)
  expect(await largestThatFits(divisors(64), bytes, 1e9)).toBe(16)
  expect(await largestThatFits(divisors(64), measure(10, 4).bytes, 1e9)).toBe(4)
})

test('one picture where nothing fits', async () => {
  expect(await largestThatFits(divisors(64), measure(10).bytes, 1)).toBe(1)
  expect(await largestThatFits(divisors(64), measure(10, 0).bytes, 1e9)).toBe(1)
  expect(await largestThatFits([1], measure(10).bytes, 1e9)).toBe(1)
})
