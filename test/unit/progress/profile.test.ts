import { profileOf, profileTable, type StageTimes } from '../../../lib/progress/profile'

const none: StageTimes = {
  read: { seconds: 0, images: 0 },
  decode: { seconds: 0, images: 0 },
  resize: { seconds: 0, images: 0 },
  augment: { seconds: 0, images: 0 },
  wait: { seconds: 0, images: 0 },
  forward: { seconds: 0, images: 0 },
  backward: { seconds: 0, images: 0 },
  step: { seconds: 0, images: 0 },
  predict: { seconds: 0, images: 0 },
}
const training: StageTimes = {
  ...none,
  read: { seconds: 0.1, images: 100 },
  decode: { seconds: 4, images: 100 },
  resize: { seconds: 0.5, images: 100 },
  augment: { seconds: 0.25, images: 100 },
  wait: { seconds: 1, images: 100 },
  forward: { seconds: 5, images: 80 },
  backward: { seconds: 10, images: 80 },
  step: { seconds: 0.5, images: 80 },
  predict: { seconds: 2, images: 20 },
}
// The first batch was done after 4 s, 1 s of which was its own forward pass.
const before = { seconds: 4, times: { ...none, forward: { seconds: 1, images: 16 } } }

it('the stages of the job make up its time', () => {
  const { seconds, images, job, loader } = profileOf(25, before, training)
  expect({ seconds, images }).toEqual({ seconds: 25, images: 100 })
  expect(job.before.seconds).toBe(3)
  expect(job.rest.seconds).toBeCloseTo(25 - 3 - 18.5)
  expect(Object.values(job).reduce((sum, stage) => sum + stage.seconds, 0)).toBeCloseTo(25)
  expect(loader.decode).toEqual({ seconds: 4, images: 100 })
})

it('the table has a row a stage, with its share and its speed', () => {
  expect(profileTable(profileOf(25, before, training)).split('\n')).toEqual([
    '                          seconds   share  images/s',
    'before the first batch       3.00   12.0%',
    'wait for a batch             1.00    4.0%       100',
    'forward                      5.00   20.0%        16',
    'backward                    10.00   40.0%       8.0',
    'step                         0.50    2.0%       160',
    'predict                      2.00    8.0%        10',
    'the rest                     3.50   14.0%',
    'together                    25.00  100.0%       4.0',
    '',
    'loader threads meanwhile',
    'read                         0.10    0.4%      1000',
    'decode                       4.00   16.0%        25',
    'resize                       0.50    2.0%       200',
    'augment                      0.25    1.0%       400',
  ])
})

it('stages that the job did not have are left out', () => {
  const evaluation = { ...none, wait: { seconds: 0.5, images: 20 }, predict: { seconds: 2, images: 20 } }
  const table = profileTable(profileOf(3, { seconds: 0.25, times: none }, evaluation))
  expect(table).toMatch(/^predict +2\.00 +66\.7% +10$/m)
  expect(table).not.toMatch(/^(forward|backward|step)/m)
})

it('a job that was stopped before its first batch has a profile too', () => {
  const { job } = profileOf(2, { seconds: 2, times: none }, none)
  expect([job.before.seconds, job.rest.seconds]).toEqual([2, 0])
})
