/** A folder for the files that a test makes, and the fixtures it reads. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CheckpointFile } from '../../../lib/checkpoint/checkpoint-file'
import type { PlannedTensor } from '../../../binding.gyp'

export const tiny = join(__dirname, '../../fixtures/golden/tiny')

const folder = mkdtempSync(join(tmpdir(), 'ijepa-checkpoint-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

export const scratch = (name: string): string => join(folder, name)

export function write(name: string, bytes: Uint8Array | string): string {
  writeFileSync(scratch(name), bytes)
  return scratch(name)
}

/** The bytes that a plan points to, by name. */
export async function contents(plan: readonly PlannedTensor[]): Promise<Map<string, Buffer>> {
  const read = async ({ name, ranges }: PlannedTensor): Promise<[string, Buffer]> => {
    const parts = ranges.map(({ file, offset, length }) =>
      CheckpointFile.with(file, (opened) => opened.read(offset, length, name)),
    )
    return [name, Buffer.concat(await Promise.all(parts))]
  }
  return new Map(await Promise.all(plan.map(read)))
}

/** Of the bytes that a plan points to: jest compares long buffers slowly. */
export async function digests(plan: readonly PlannedTensor[]): Promise<Record<string, string>> {
  const hash = (bytes: Buffer) => `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`
  return Object.fromEntries([...(await contents(plan))].map(([name, bytes]) => [name, hash(bytes)]))
}
