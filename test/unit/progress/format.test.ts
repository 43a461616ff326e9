import type { TrainEvent } from '../../../lib/api'
import { barLine, duration, eventLine, percent, rate } from '../../../lib/progress/format'
import { initialStatus, statusAfter } from '../../../lib/progress/status'
import { done, epoch, start, step } from './events'

const status = [start, epoch({ epoch: 7 }), step()].reduce(statusAfter, initialStatus)
const eventsWithoutLine: TrainEvent[] = [
  step(),
  { type: 'checkpoint', path: 'runs/flowers/finetune/checkpoints/last' },
  { type: 'evaluate', suite: 'accuracy', done: 10, total: 1000 },
]

describe('numbers', () => {
  test.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [83, '1:23'],
    [3599.4, '59:59'],
    [3600, '1:00:00'],
    [100 * 3600 + 62, '100:01:02'],
    [NaN, '-'],
    [Infinity, '-'],
    [-1, '-'],
  ])('a duration of %p seconds reads %p', (seconds, text) => expect(duration(seconds)).toBe(text))

  test('fractions become per cent with the decimals asked for', () => {
    expect(percent(0.4218)).toBe('42.2%')
    expect(percent(0.4218, 2)).toBe('42.18%')
    expect(percent(1, 0)).toBe('100%')
  })

  test('slow rates keep a decimal', () => {
    expect(rate(4.26)).toBe('4.3 images/s')
    expect(rate(812.4)).toBe('812 images/s')
  })
})

describe('the bar', () => {
  test('shows epoch, time left, loss, top-1 and images per second where there is room', () => {
    expect(barLine(status, 110, false)).toBe(
      'epoch 9/20  ██████████████░░░░░░░░░░░░░░░░   45%  1:23 left  loss 1.832  top-1 42.2%  812 images/s',
    )
  })

  test('keeps epoch, bar and time left in 40 columns', () => {
    const line = barLine(status, 39, false)
    expect(line).toBe('epoch 9/20  █████░░░░░   45%  1:23 left')
    expect(line.length).toBe(39)
  })

  test('never exceeds the width of the terminal, however narrow', () => {
    for (let width = 0; width < 120; width++) {
      expect(barLine(status, width, false).length).toBeLessThanOrEqual(width)
    }
  })

  test('has no escape sequence without colour, and the same text with it', () => {
    expect(barLine(status, 80, false)).not.toContain('\x1b')
    const coloured = barLine(status, 80, true)
    expect(coloured).toContain('\x1b[32m')
    expect(coloured.replace(/\x1b\[\d*m/g, '')).toBe(barLine(status, 80, false))
  })

  test('is empty before the first update and full after the last', () => {
    expect(barLine({ task: 'accuracy', done: 0, total: 0 }, 30, false)).toMatch(/^accuracy {2}░+ {4}0%$/)
    expect(barLine({ task: 'accuracy', done: 7, total: 7 }, 30, false)).toMatch(/^accuracy {2}█+ {2}100%$/)
  })
})

describe('the line of an event', () => {
  test('start says where the run is and how much is trained', () => {
    expect(eventLine(start, status)).toBe('runs/flowers/finetune: 1,290 of 1,204,618 parameters are trained')
  })

  test('a freezing schedule stands below the start, and cannot steer the terminal', () => {
    const config = { freezing: ['epoch  0', 'head   ██', 'norm   \x1b[2J'] }
    expect(
      eventLine({ ...start, config }, status)
        ?.split('\n')
        .slice(1),
    ).toEqual(['epoch  0', 'head   ██', 'norm   ?[2J'])
  })

  test('an epoch gives training, validation, speed and time left', () => {
    expect(eventLine(epoch(), status)).toBe(
      'epoch  9/20  loss 1.8300  top-1 38.10%  validation loss 1.7000  top-1 42.18% (best)  812 images/s  1:23 left',
    )
  })

  test('an epoch of averaged weights has the raw ones beside them', () => {
    const validation = { loss: 1.7, top1: 0.4218, rawLoss: 1.8, rawTop1: 0.41 }
    expect(eventLine(epoch({ validation }), initialStatus)).toContain(
      'top-1 42.18% (best)  raw weights 41.00%',
    )
  })

  test('an epoch of pictures with several labels tells the mean average precision', () => {
    const event = epoch({ train: { loss: 0.5 }, validation: { loss: 0.4, mAP: 0.61, f1: 0.5 } })
    expect(eventLine(event, initialStatus)).toContain(
      'loss 0.5000  validation loss 0.4000  mAP 61.00% (best)',
    )
  })

  test('an epoch without a validation set names none', () => {
    expect(eventLine(epoch({ validation: undefined }), initialStatus)).toBe(
      'epoch  9/20  loss 1.8300  top-1 38.10%',
    )
  })

  test('a freezing stage tells how much is trained from there on, the first one nothing that start has not', () => {
    const stage = { type: 'stage', trainable: ['head.weight', 'head.bias'], parameters: 397834 } as const
    expect(eventLine({ ...stage, epoch: 3 }, status)).toBe(
      'epoch 4: from here 397,834 parameters are trained',
    )
    expect(eventLine({ ...stage, epoch: 0 }, status)).toBeUndefined()
  })

  test('done names the best epoch, its metrics and the folder', () => {
    expect(eventLine(done, status)).toBe(
      'best epoch 9: validation loss 1.7000  top-1 42.18%; runs/flowers/finetune',
    )
  })

  test('done does not take training metrics for more where nothing was validated', () => {
    const history = done.run.history.map((event) => ({ ...event, validation: undefined }))
    expect(eventLine({ ...done, run: { ...done.run, history } }, status)).toBe(
      'last epoch 9: training loss 1.7000  top-1 42.18%; runs/flowers/finetune',
    )
  })

  test('a file name in a warning cannot move the cursor', () => {
    const warning: TrainEvent = { type: 'warning', code: 'SKIPPED', message: 'a\r\x1b[2Jb.jpg\nx' }
    expect(eventLine(warning, status)).toBe('warning SKIPPED: a??[2Jb.jpg?x')
  })

  test.each(eventsWithoutLine)('%p has none', (event) => expect(eventLine(event, status)).toBeUndefined())
})

test('below a start stands what the preset chose, and why', () => {
  const presetReasons = { epochs: 'few pictures', baseLearningRate: 'a wide encoder' }
  const recipe = { preset: 'small', epochs: 20, learningRate: 1e-3, presetReasons }
  const event: TrainEvent = {
    type: 'start',
    directory: 'runs/a',
    config: { recipe },
    parameters: { total: 2, trainable: 1 },
  }
  expect(eventLine(event, initialStatus)?.split('\n').slice(1)).toEqual([
    'preset small: epochs 20 (few pictures)',
    'preset small: learningRate 0.001 (a wide encoder)',
  ])
})
