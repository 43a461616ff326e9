/** What reading a source finds: rows with a class name and perhaps a split and groups, and what was left out and why. */
import { int32Column, SampleColumns, type SampleBytes } from './sample-columns'

/** `whole`: the source says nothing of splits. */
export type SplitName = 'whole' | 'train' | 'validation' | 'test'

export interface Skipped {
  readonly file: string
  readonly reason: string
}

/** Why a file is no sample; `code` where it is a bad picture: one with a picture's ending, or named by a list. */
export interface Reject {
  reason: string
  code?: 'ERR_IMAGE_DECODE' | 'ERR_IMAGE_REFUSED'
}

export interface BadPicture extends Skipped {
  readonly code: NonNullable<Reject['code']>
}

export interface DatasetWarning {
  readonly code: string
  readonly message: string
  /** The split that it is about, where it is about one. */
  readonly split?: 'validation' | 'test'
}

/** One row's words; `keyStart` is where, in `name`, the part begins that does not depend on where the source lies. */
export interface RowNames {
  name: string
  keyStart: number
  className: string
  /** Further classes of a picture that may have several; there, if only empty, where the source says so. */
  otherClasses?: readonly string[]
  split?: SplitName
  groups?: Readonly<Record<string, string>>
}

/** The rows of one or more sources, in columns. Class names are NFC. */
export class Listing {
  readonly samples = new SampleColumns()
  readonly names: string[] = []
  readonly keyStarts = int32Column()
  readonly splits: SplitName[] = []
  /** Index into `classNames` of each row. */
  readonly classOf = int32Column()
  /** Row -> indices of its further classes; undefined: no row may have several. */
  otherClassesOf: Map<number, readonly number[]> | undefined
  /** Every class name met, those of empty class folders too; first come first. */
  readonly classNames: string[] = []
  /** Group column -> value of each row, '' where it has none. */
  readonly groups: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  readonly skipped: Skipped[] = []
  /** Pictures that cannot be read: an error, or skipped, as `onBadImage` says. */
  readonly bad: BadPicture[] = []
  readonly warnings: DatasetWarning[] = []
  private readonly classIndex = new Map<string, number>()

  get rows(): number {
    return this.names.length
  }

  addClass(name: string): number {
    const normal = name.normalize('NFC')
    let index = this.classIndex.get(normal)
    if (index === undefined) {
      index = this.classNames.push(normal) - 1
      this.classIndex.set(normal, index)
    }
    return index
  }

  push(row: RowNames, bytes: SampleBytes): void {
    for (const column of Object.keys(row.groups ?? {})) {
      this.groups[column] ??= new Array<string>(this.rows).fill('')
    }
    for (const [column, values] of Object.entries(this.groups)) values.push(row.groups?.[column] ?? '')
    if (row.otherClasses) {
      this.otherClassesOf ??= new Map<number, readonly number[]>()
      this.otherClassesOf.set(
        this.rows,
        row.otherClasses.map((name) => this.addClass(name)),
      )
    }
    this.names.push(row.name)
    this.keyStarts.push(row.keyStart)
    this.splits.push(row.split ?? 'whole')
    this.classOf.push(this.addClass(row.className))
    this.samples.push(bytes)
  }

  warn(code: string, message: string): void {
    this.warnings.push({ code, message })
  }
}

/** Puts a rejected file where it belongs. */
export function putAside(
  into: Pick<Listing, 'skipped' | 'bad'>,
  file: string,
  { reason, code }: Reject,
): void {
  if (code === undefined) into.skipped.push({ file, reason })
  else into.bad.push({ file, reason, code })
}

/** The first names of a list, quoted, and how many more there are. */
export function some(names: readonly string[], limit = 10): string {
  const shown = names.slice(0, limit).map((name) => JSON.stringify(name))
  const more = names.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
