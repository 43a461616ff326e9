import { initialStatus, shown, statusAfter } from '../../../lib/progress/status'
import { epoch, start, step } from './events'

test('a run folder on Windows is named by its last part too', () => {
  expect(statusAfter(initialStatus, { ...start, directory: 'C:\\runs\\flowers\\linear-probe' }).task).toBe(
    'linear-probe',
  )
})

test('epochs count from 1 and come from the configuration until an epoch event tells them', () => {
  const afterStep = [start, step({ epoch: 0 })].reduce(statusAfter, initialStatus)
  expect(afterStep).toMatchObject({ epoch: 1, epochs: 20 })
  expect(statusAfter(afterStep, epoch({ epochs: 15 })).epochs).toBe(15)
})

test('top-1 is that of the validation set where there is one', () => {
  expect(shown(epoch()).top1).toBe(0.4218)
  expect(shown(epoch({ validation: undefined })).top1).toBe(0.381)
})

test('a multi-label epoch has no top-1', () => {
  const status = statusAfter(initialStatus, epoch({ validation: { loss: 1, mAP: 0.5 } }))
  expect(status.top1).toBeUndefined()
})

test('an evaluation starts from a clean status', () => {
  const status = [start, step()].reduce(statusAfter, initialStatus)
  expect(statusAfter(status, { type: 'evaluate', suite: 'accuracy', done: 5, total: 10 })).toEqual({
    task: 'accuracy',
    done: 5,
    total: 10,
  })
})
