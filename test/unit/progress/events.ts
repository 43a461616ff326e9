/** Events of a small run, for the tests of the progress displays. */
import type { Run, TrainEvent } from '../../../lib/api'

type Of<Type extends TrainEvent['type']> = Extract<TrainEvent, { type: Type }>

export const start: Of<'start'> = {
  type: 'start',
  directory: 'runs/flowers/finetune',
  config: { recipe: { epochs: 20 } },
  parameters: { total: 1204618, trainable: 1290 },
}

export function step(overrides: Partial<Of<'step'>> = {}): Of<'step'> {
  return {
    type: 'step',
    step: 45,
    steps: 100,
    epoch: 8,
    loss: 1.8324,
    learningRate: 1e-3,
    gradientNorm: 1,
    imagesPerSecond: 812.4,
    etaSeconds: 83,
    ...overrides,
  }
}

export function epoch(overrides: Partial<Of<'epoch'>> = {}): Of<'epoch'> {
  return {
    type: 'epoch',
    epoch: 8,
    epochs: 20,
    train: { loss: 1.83, top1: 0.381 },
    validation: { loss: 1.7, top1: 0.4218 },
    best: true,
    seconds: 4.2,
    ...overrides,
  }
}

export const done: Of<'done'> = {
  type: 'done',
  run: {
    kind: 'finetune',
    directory: 'runs/flowers/finetune',
    config: {},
    history: Array.from({ length: 9 }, (_, index) => epoch({ epoch: index })),
    best: { epoch: 8, metrics: { loss: 1.7, top1: 0.4218 } },
    classifier: () => Promise.reject(new Error('not part of this test')),
  } satisfies Run,
}
