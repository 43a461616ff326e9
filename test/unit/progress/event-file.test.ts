import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EventFile } from '../../../lib/progress'
import { crc32c } from '../../../lib/progress/event-file/record'
import type { TrainEvent } from '../../../lib/api'
import { epoch, step } from './events'

const folder = mkdtempSync(join(tmpdir(), 'ijepa-events-'))
afterAll(() => rmSync(folder, { recursive: true }))

const start: TrainEvent = {
  type: 'start',
  directory: folder,
  config: {
    kind: 'finetune',
    recipe: {
      epochs: 2,
      betas: [0.9, 0.999],
      crop: { retries: true },
      earlyStopping: null,
      warnings: ['none'],
    },
  },
  parameters: { total: 2, trainable: 1 },
}

/** The data of each record of the only event file; checksums are compared. */
function records(): Buffer[] {
  const [name, ...others] = readdirSync(folder)
  expect(others).toEqual([])
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.\d+$/)
  const bytes = readFileSync(join(folder, name!))
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at))
    const data = bytes.subarray(at + 12, at + 12 + length)
    expect(bytes.readUInt32LE(at + 8)).toBe(masked(bytes.subarray(at, at + 8)))
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(masked(data))
    out.push(data)
    at += length + 16
  }
  return out
}

function masked(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

it("computes CRC-32C (RFC 3720's test vectors)", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
})

it('holds version, hyper-parameters, where it begins, scalars by update, and the end', async () => {
  const file = new EventFile(folder, (error) => {
    throw error
  })
  file.onEvent(start)
  file.onEvent(step({ step: 3, loss: 2.5 }))
  file.onEvent(step({ step: 4, loss: NaN }))
  file.onEvent(epoch({ train: { loss: 2.25, top1: 0.5 }, validation: { loss: 2, top1: 0.25 } }))
  await file.close('success')
  const [version, parameters, session, first, second, validated, end, ...others] = records()
  expect(others).toEqual([])
  expect(version!.toString('latin1')).toContain('brain.Event:2')
  for (const part of [
    '_hparams_/session_start_info',
    'epochs',
    'betas',
    '[0.9,0.999]',
    'crop.retries',
    'finetune',
  ])
    expect(parameters!.toString('latin1')).toContain(part)
  expect(parameters!.toString('latin1')).not.toMatch(/earlyStopping|warnings/)
  expect([...session!.subarray(9)]).toEqual([0x10, 3, 0x3a, 2, 8, 1]) // step 3; session log: start
  expect(first!.toString('latin1')).toContain('train/loss')
  expect(second!.toString('latin1')).not.toContain('train/loss') // NaN
  expect(second!.toString('latin1')).toContain('train/learningRate')
  for (const tag of ['train/epochLoss', 'train/top1', 'validation/loss', 'validation/top1'])
    expect(validated!.toString('latin1')).toContain(tag)
  expect(end!.toString('latin1')).toContain('_hparams_/session_end_info')
})

it('makes no file for a run that never begins', async () => {
  const told: Error[] = []
  const file = new EventFile(join(folder, 'not there'), (error) => told.push(error))
  await file.close('failure')
  expect(told).toEqual([])
})

it('tells once of a folder that cannot be written, and throws nothing', async () => {
  const told: Error[] = []
  const file = new EventFile(join(folder, 'not there'), (error) => told.push(error))
  file.onEvent(start)
  file.onEvent(step({ step: 1 }))
  await file.close()
  file.onEvent(step({ step: 2 }))
  expect(told.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT')])
})
