/** Results of a suite that stopped keeps: numbers by name in a JSON file, as long as they are of the same evaluation. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readJson, writeJson } from '../train'

export class KeptResults {
  private constructor(
    private readonly file: string,
    private readonly identity: string,
    private readonly results: Map<string, number>,
  ) {}

  /** @param identity all that the results depend on; what was kept of another one, or is no such file, is not used */
  static async open(file: string, identity: object): Promise<KeptResults> {
    const own = createHash('sha256').update(JSON.stringify(identity)).digest('hex')
    const found = await readJson(file).catch(() => undefined)
    const kept = found?.identity === own ? Object.entries(found.results ?? {}) : []
    const numbers = kept.filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    return new KeptResults(file, own, new Map(numbers))
  }

  has(name: string): boolean {
    return this.results.has(name)
  }

  /** The result of that name, computed now where it is not there. A file that cannot be written costs the keeping alone. */
  async result(name: string, compute: () => Promise<number>): Promise<number> {
    const kept = this.results.get(name)
    if (kept !== undefined) return kept
    const value = await compute()
    this.results.set(name, value)
    await this.save().catch(() => undefined)
    return value
  }

  private async save(): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true })
    await writeJson(this.file, { identity: this.identity, results: Object.fromEntries(this.results) })
  }
}
