import { inOrder } from '../../../lib/inference/in-order'

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
const never = new Promise<never>(() => undefined)

async function* numbers(count: number, log: { read: number; closed: boolean }) {
  try {
    for (let n = 0; n < count; n++) {
      log.read++
      await Promise.resolve()
      yield n
    }
  } finally {
    log.closed = true
  }
}

const newLog = () => ({ read: 0, closed: false })
const square = async (n: number) => {
  await turn()
  return n * n
}

/** What came, and what ended it. */
async function collect<T>(results: AsyncIterable<T>): Promise<{ values: T[]; error?: unknown }> {
  const values: T[] = []
  try {
    for await (const value of results) values.push(value)
    return { values }
  } catch (error) {
    return { values, error }
  }
}

describe('work in order', () => {
  it('gives every result in the order of the items, though they end in any order', async () => {
    const work = async (n: number) => {
      for (let i = n % 7; i > 0; i--) await turn()
      return n
    }
    const { values } = await collect(inOrder(numbers(100, newLog()), { ahead: 8, work }))
    expect(values).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it.each([
    ['an array', [3, 4]],
    ['a set', new Set([3, 4])],
    ['a generator', numbers(0, newLog())],
  ])('takes %s', async (_, items) => {
    const { values } = await collect(inOrder<number, number>(items, { ahead: 4, work: square }))
    expect(values).toEqual(Array.isArray(items) || items instanceof Set ? [9, 16] : [])
  })

  it('reads no more than `ahead` items before the consumer, works on no more, and refills by halves', async () => {
    const log = newLog()
    let taken = 0
    let working = 0
    const refills = new Set<number>()
    const work = async (n: number) => {
      expect(++working).toBeLessThanOrEqual(8)
      refills.add(taken)
      await turn()
      working--
      return n
    }
    for await (const n of inOrder(numbers(40, log), { ahead: 8, work })) {
      expect(log.read).toBeLessThanOrEqual(taken + 8)
      expect(n).toBe(taken++)
      await turn()
    }
    expect(refills.size).toBeLessThan(40 / 2) // several at a time, not one by one
    expect(log).toEqual({ read: 40, closed: true })
  })

  it('reads nothing before the first result is asked for', async () => {
    const log = newLog()
    inOrder(numbers(3, log), { ahead: 8, work: square })
    await turn()
    expect(log.read).toBe(0)
  })

  it('gives a result without waiting for more items of a slow source', async () => {
    async function* slow() {
      yield 1
      yield 2
      await never
    }
    const results = inOrder(slow(), { ahead: 64, work: square })
    expect(await results.next()).toEqual({ done: false, value: 1 })
    expect(await results.next()).toEqual({ done: false, value: 4 })
  })

  it('closes the source and aborts the work when the loop is left', async () => {
    const log = newLog()
    const aborted: unknown[] = []
    const work = (n: number, signal: AbortSignal) =>
      n < 2
        ? Promise.resolve(n)
        : new Promise<number>((_, reject) => {
            signal.addEventListener('abort', () => {
              aborted.push(n)
              reject(signal.reason as Error)
            })
          })
    for await (const n of inOrder(numbers(100, log), { ahead: 6, work })) {
      await turn()
      if (n === 1) break
    }
    expect(log.closed).toBe(true)
    expect(log.read).toBeGreaterThan(2)
    expect(aborted).toEqual(Array.from({ length: log.read - 2 }, (_, i) => i + 2))
  })

  it('can be left while the source owes an item that never comes', async () => {
    async function* stuck() {
      yield 1
      await never
    }
    for await (const n of inOrder(stuck(), { ahead: 4, work: square })) {
      expect(n).toBe(1)
      break
    }
  })

  it('throws the error of the source after the results before it', async () => {
    const error = new Error('of the source')
    async function* broken() {
      yield* numbers(5, newLog())
      throw error
    }
    expect(await collect(inOrder(broken(), { ahead: 4, work: square }))).toEqual({
      values: [0, 1, 4, 9, 16],
      error,
    })
  })

  it('throws the error of an item in its place, and closes the source', async () => {
    const log = newLog()
    const error = new Error('of item 5')
    const work = (n: number) => (n === 5 ? Promise.reject(error) : square(n))
    const results = inOrder(numbers(100, log), { ahead: 4, work })
    expect(await collect(results)).toEqual({ values: [0, 1, 4, 9, 16], error })
    expect(log.closed).toBe(true)
    expect(log.read).toBeLessThan(12)
  })

  it.each([
    ['works', () => numbers(100, newLog())],
    [
      'waits for the source',
      async function* () {
        yield* numbers(3, newLog())
        await never
      },
    ],
  ])('throws the reason of an abort at once while it %s', async (_, source) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const work = (n: number, signal: AbortSignal) =>
      n < 3
        ? Promise.resolve(n)
        : new Promise<number>((_, reject) => {
            signal.addEventListener('abort', () => {
              reject(signal.reason as Error)
            })
          })
    setTimeout(() => {
      controller.abort(reason)
    }, 10)
    const results = inOrder(source(), { ahead: 8, signal: controller.signal, work })
    expect(await collect(results)).toEqual({ values: [0, 1, 2], error: reason })
  })

  it('throws at once where the signal has aborted before, and leaves no listener on it', async () => {
    const log = newLog()
    const options = { ahead: 8, signal: AbortSignal.abort('before'), work: square }
    expect(await collect(inOrder(numbers(3, log), options))).toEqual({ values: [], error: 'before' })
    expect(log.read).toBe(0)
    const { signal } = new AbortController()
    const removed = jest.spyOn(signal, 'removeEventListener')
    await collect(inOrder(numbers(3, log), { ...options, signal }))
    expect(removed).toHaveBeenCalledWith('abort', expect.any(Function))
  })
})
