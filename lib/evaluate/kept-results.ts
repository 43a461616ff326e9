/** Results of a suite that stopped keeps: by name in a JSON file, as long as they are of the same evaluation. */
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readJson, writeJson } from '../train'

export class KeptResults<T> {
  private constructor(
    private readonly file: string,
    private readonly identity: string,
    private readonly results: Map<string, T>,
  ) {}

  /**
   * @param identity all that the results depend on; what was kept of another one, or is no such file, is not used
   * @param isResult whether a value of the file is a result
   */
  static async open<T>(
    file: string,
    identity: object,
    isResult: (value: unknown) => value is T,
  ): Promise<KeptResults<T>> {
    const own = createHash('sha256').update(JSON.stringify(identity)).digest('hex')
    const found = await readJson(file).catch(() => undefined)
    const kept = found?.identity === own ? Object.entries(found.results ?? {}) : []
    const results = kept.filter((entry): entry is [string, T] => isResult(entry[1]))
    return new KeptResults(file, own, new Map(results))
  }

  has(name: string): boolean {
    return this.results.has(name)
  }

  /** The result of that name, computed now where it is not there. A file that cannot be written costs the keeping alone. */
  async result(name: string, compute: () => Promise<T>): Promise<T> {
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
