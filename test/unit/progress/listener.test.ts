import { progressListener, type ProgressStream } from '../../../lib/progress/listener'
import { done, epoch, start, step } from './events'

class RecordedStream implements ProgressStream {
  readonly written: string[] = []
  constructor(
    readonly isTTY: boolean,
    readonly columns: number | undefined = undefined,
  ) {}
  write(text: string) {
    this.written.push(text)
  }
  get text() {
    return this.written.join('')
  }
}

const environment = { ...process.env }
beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 })
  process.env.TERM = 'xterm'
  delete process.env.NO_COLOR
})
afterEach(() => {
  jest.useRealTimers()
  process.env = { ...environment }
  delete (globalThis as { __tslab__?: unknown }).__tslab__
})

describe('the bar of a terminal', () => {
  test('is redrawn at most ten times a second', () => {
    const stream = new RecordedStream(true, 80)
    const { onEvent } = progressListener('bar', stream)
    for (let index = 0; index < 1000; index++) {
      onEvent(step({ step: index, steps: 1000 }))
      jest.advanceTimersByTime(5)
    }
    expect(stream.written.length).toBe(50)
  })

  test('fits the terminal, also after it was made narrower', () => {
    const stream = { columns: 60, written: '', write: (text: string) => void (stream.written = text) }
    const { onEvent } = progressListener('bar', stream)
    process.env.NO_COLOR = '1'
    for (const columns of [60, 40, 20]) {
      stream.columns = columns
      jest.advanceTimersByTime(100)
      onEvent(step())
      const visible = stream.written.replace(/\x1b\[\d*[mK]/g, '').replace('\r', '')
      expect(visible.length).toBeLessThan(columns)
      expect(visible.length).toBeGreaterThan(0)
    }
  })

  test('gives way to the line of an epoch and ends on a fresh line', () => {
    const stream = new RecordedStream(true, 80)
    const listener = progressListener('bar', stream)
    listener.onEvent(start)
    listener.onEvent(step())
    listener.onEvent(epoch())
    expect(stream.text).toMatch(/left[^\n]*\r\x1b\[Kepoch {2}9\/20 [^\n]*\n/)
    jest.advanceTimersByTime(100)
    listener.onEvent(step())
    expect(stream.text.endsWith('\n')).toBe(false)
    listener.close()
    listener.close()
    expect(stream.text.endsWith('\n')).toBe(true)
    expect(stream.text.endsWith('\n\n')).toBe(false)
  })

  test('has no colour when NO_COLOR is set', () => {
    process.env.NO_COLOR = '1'
    const stream = new RecordedStream(true, 80)
    progressListener('bar', stream).onEvent(step())
    expect(stream.text).not.toMatch(/\x1b\[\d*m/)
  })

  test('keeps about twenty lines of a run of a hundred epochs, the last one among them', () => {
    const stream = new RecordedStream(true, 80)
    const { onEvent } = progressListener('bar', stream)
    for (let index = 0; index < 100; index++) onEvent(epoch({ epoch: index, epochs: 100 }))
    const lines = stream.text.split('\n').filter((line) => line.includes('validation'))
    expect(lines.length).toBe(20)
    expect(lines[19]).toContain('epoch 100/100')
  })
})

describe('plain lines', () => {
  test('are one an epoch with start and end, and never contain a carriage return or an escape', () => {
    const stream = new RecordedStream(false)
    const listener = progressListener('plain', stream)
    listener.onEvent(start)
    for (let index = 0; index < 40; index++) {
      listener.onEvent(step({ epoch: index }))
      listener.onEvent(epoch({ epoch: index, epochs: 40 }))
    }
    listener.onEvent({ type: 'checkpoint', path: 'x' })
    listener.onEvent(done)
    listener.close()
    expect(stream.text).not.toMatch(/[\r\x1b]/)
    expect(stream.text.split('\n').length).toBe(1 + 40 + 1 + 1)
  })

  test('tell of a long epoch once a minute', () => {
    const stream = new RecordedStream(false)
    const { onEvent } = progressListener('plain', stream)
    for (let second = 0; second <= 180; second++) {
      onEvent(step())
      jest.advanceTimersByTime(1000)
    }
    expect(stream.written.length).toBe(3)
  })
})

describe('auto', () => {
  test('is a bar where the stream is a terminal', () => {
    const stream = new RecordedStream(true, 80)
    progressListener('auto', stream).onEvent(step())
    expect(stream.text).toContain('\r')
  })

  test.each([
    ['the stream is none', false, 'xterm'],
    ['the terminal is dumb', true, 'dumb'],
  ])('is plain lines where %s', (_, isTTY, term) => {
    process.env.TERM = term
    const stream = new RecordedStream(isTTY, 80)
    const { onEvent } = progressListener('auto', stream)
    onEvent(step())
    onEvent(epoch())
    expect(stream.text).not.toContain('\r')
    expect(stream.text).toContain('epoch')
  })

  test('is one overwritten display inside tslab, with names escaped', () => {
    const shown: string[] = []
    const newDisplay = jest.fn(() => ({ html: (text: string) => void shown.push(text) }))
    Object.assign(globalThis, { __tslab__: { require: () => ({ newDisplay }) } })
    const stream = new RecordedStream(true, 80)
    const { onEvent } = progressListener('auto', stream)
    onEvent({ ...start, directory: 'runs/<b>', config: { freezing: ['head  ██', 'norm  ·█'] } })
    for (let index = 0; index < 100; index++) {
      onEvent(step({ step: index }))
      jest.advanceTimersByTime(10)
    }
    onEvent(epoch())
    onEvent(done)
    expect(stream.written).toEqual([])
    expect(newDisplay).toHaveBeenCalledTimes(1)
    expect(shown.length).toBeLessThanOrEqual(7)
    expect(shown.at(-1)).toContain('runs/&lt;b&gt;')
    expect(shown.at(-1)).toContain('<pre>head  ██\nnorm  ·█</pre>')
    expect(shown.at(-1)).toContain('<td>9/20</td>')
  })
})

test('none writes nothing', () => {
  const stream = new RecordedStream(true, 80)
  const listener = progressListener('none', stream)
  listener.onEvent(step())
  listener.onEvent(epoch())
  listener.close()
  expect(stream.written).toEqual([])
})
