/**
 * Every order of await, iterate, break, abort and throw, on the compiled library in a process of its own: prints for each
 * case its outcome and the rejections that nobody handled.
 */
const { startJob } = require('../../../dist/train/job')

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
const step = (n) => ({ type: 'step', step: n })

/** A job of three steps that ends well, or with `error`, or not before it is aborted. */
function begin({ error, endless = false, steps = 3, epochs = 0, signal, onEvent, refused } = {}) {
  return startJob(() => {
    if (refused) throw refused
    const options = {
      signals: [signal],
      progress: { onEvent() {}, close() {} },
      ...(onEvent ? { onEvent } : {}),
    }
    const work = async ({ signal, emit }) => {
      for (let n = 1; n <= steps; n++) {
        if (steps < 10) await turn()
        signal.throwIfAborted()
        emit(step(n))
        if (epochs && n % (steps / epochs) === 0) emit({ type: 'epoch', epoch: n })
      }
      while (endless) {
        await turn()
        signal.throwIfAborted()
      }
      if (error) throw error
      emit({ type: 'done' })
      return 'result'
    }
    return { options, work }
  })
}

async function outcome(promise) {
  try {
    return await promise
  } catch (error) {
    return `throws ${error.code ?? error.message}`
  }
}

async function events(run, body = () => undefined) {
  const seen = []
  try {
    for await (const event of run) {
      seen.push(event.step ?? event.type)
      if (body(event) === 'break') break
    }
  } catch (error) {
    seen.push(`throws ${error.code ?? error.message}`)
  }
  return seen.join(' ')
}

const failing = () => ({ error: new Error('failed') })
const breakAt = (n) => (event) => (event.step === n ? 'break' : undefined)
const throwing = () => {
  throw new Error('from the listener')
}

function aborting(options = {}) {
  const controller = new AbortController()
  const run = begin({ endless: true, signal: controller.signal, ...options })
  return { run, abort: () => controller.abort(new Error('aborted')) }
}

const cases = {
  await: () => outcome(begin()),
  iterate: () => events(begin()),
  'iterate, await': async () => {
    const run = begin()
    return [await events(run), await outcome(run)]
  },
  'await, iterate': async () => {
    const run = begin()
    return [await outcome(run), await events(run)]
  },
  'await and iterate at once': () => {
    const run = begin()
    return Promise.all([outcome(run), events(run)])
  },
  'iterate late': async () => {
    const run = begin()
    await turn()
    await turn()
    return events(run)
  },
  'break, await': async () => {
    const run = begin()
    return [await events(run, breakAt(2)), await outcome(run)]
  },
  'break, never awaited': async () => events(begin(), breakAt(2)),
  'break, then it fails': async () => events(begin(failing()), breakAt(2)),
  'body throws, await': async () => {
    const run = begin()
    const seen = await events(run, () => {
      throw new Error('from the body')
    })
    return [seen, await outcome(run)]
  },
  'body throws, then it fails': () =>
    events(begin(failing()), () => {
      throw new Error('from the body')
    }),
  'fails, await': () => outcome(begin(failing())),
  'fails, iterate': () => events(begin(failing())),
  'fails, iterate, await': async () => {
    const run = begin(failing())
    return [await events(run), await outcome(run)]
  },
  'fails, await, iterate': async () => {
    const run = begin(failing())
    return [await outcome(run), await events(run)]
  },
  'fails, neither awaited nor iterated': async () => {
    begin(failing())
  },
  'refused, await': () => outcome(begin({ refused: new Error('refused') })),
  'refused, iterate': () => events(begin({ refused: new Error('refused') })),
  'aborted before, await': () => outcome(begin({ signal: AbortSignal.abort(new Error('aborted')) })),
  'aborted before, iterate': () => events(begin({ signal: AbortSignal.abort(new Error('aborted')) })),
  'aborted before, neither': async () => {
    begin({ signal: AbortSignal.abort(new Error('aborted')) })
  },
  'abort, await': () => {
    const { run, abort } = aborting()
    setTimeout(abort, 10)
    return outcome(run)
  },
  'abort in the loop': () => {
    const { run, abort } = aborting()
    return events(run, ({ step }) => {
      if (step === 2) abort()
    })
  },
  'abort in the loop, await': async () => {
    const { run, abort } = aborting()
    const seen = await events(run, ({ step }) => {
      if (step === 2) abort()
    })
    return [seen, await outcome(run)]
  },
  'abort, break': async () => {
    const { run, abort } = aborting()
    const seen = await events(run, ({ step }) => {
      if (step === 2) abort()
      return breakAt(2)({ step })
    })
    return [seen, await outcome(run)]
  },
  'abort, await much later': async () => {
    const { run, abort } = aborting()
    abort()
    for (let i = 0; i < 20; i++) await turn()
    return outcome(run)
  },
  'abort, neither awaited nor iterated': async () => {
    const { abort } = aborting()
    await turn()
    abort()
  },
  'abort of work that does not hear it': async () => {
    const controller = new AbortController()
    const begun = performance.now()
    const run = startJob(() => ({
      options: { signals: [controller.signal], progress: { onEvent() {}, close() {} } },
      work: () => new Promise(() => undefined),
    }))
    controller.abort(new Error('aborted'))
    const result = await outcome(run)
    return [result, performance.now() - begun < 1000]
  },
  'listener throws, await': () => outcome(begin({ onEvent: throwing })),
  'listener throws, iterate': () => events(begin({ onEvent: throwing })),
  'listener throws at the end': () =>
    outcome(begin({ onEvent: ({ type }) => (type === 'done' ? throwing() : undefined) })),
  'listener throws, neither': async () => {
    begin({ onEvent: throwing })
  },
  'listener is called no more after it threw': async () => {
    let calls = 0
    await outcome(
      begin({
        onEvent: () => {
          calls++
          throwing()
        },
      }),
    )
    return calls
  },
  'async listener rejects': () => outcome(begin({ endless: true, onEvent: async () => throwing() })),
  'iterate twice': async () => {
    const run = begin()
    return [await events(run), await events(run)]
  },
  'two calls of next at once': async () => {
    const iterator = begin()[Symbol.asyncIterator]()
    const results = await Promise.all([iterator.next(), iterator.next(), iterator.next()])
    return results.map(({ value }) => value.step)
  },
  'return while next waits': async () => {
    const { run, abort } = aborting({ steps: 0 })
    const iterator = run[Symbol.asyncIterator]()
    const next = iterator.next()
    const returned = await iterator.return()
    const result = [(await next).done, returned.done, (await iterator.next()).done]
    abort()
    return [...result, await outcome(run)]
  },
  'next after the end': async () => {
    const run = begin({ steps: 0 })
    const iterator = run[Symbol.asyncIterator]()
    const types = [await iterator.next(), await iterator.next(), await iterator.next()]
    return types.map(({ value, done }) => value?.type ?? done)
  },
  'next after the failure': async () => {
    const iterator = begin({ ...failing(), steps: 0 })[Symbol.asyncIterator]()
    return [await outcome(iterator.next()), (await iterator.next()).done]
  },
  'waiting steps': async () => {
    const run = begin({ steps: 5000, epochs: 10 })
    await run
    const seen = []
    for await (const event of run) seen.push(event)
    const steps = seen.filter(({ type }) => type === 'step')
    const epochs = seen.filter(({ type }) => type === 'epoch')
    return [steps.length, steps[0].step, steps.at(-1).step, epochs.length, seen.at(-1).type]
  },
}

let unhandled = []
process.on('unhandledRejection', (reason) => unhandled.push(reason.message))

void (async () => {
  const outcomes = {}
  for (const [name, run] of Object.entries(cases)) {
    unhandled = []
    const result = await run()
    for (let i = 0; i < 15; i++) await turn()
    outcomes[name] = unhandled.length > 0 ? { result, unhandled } : { result }
  }
  console.log(JSON.stringify(outcomes))
})()
