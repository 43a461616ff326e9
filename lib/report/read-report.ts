/** A report.json from the disk: where it lies, and whether it is one. */
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { IjepaError } from '../errors'
import { runInWorker } from '../worker'
import { joinedInTurns, partsOf, type DocumentParts } from './document-parts'
import { formatVersion, type ReportDocument } from './report-data'
import { fileError } from './write-files'

/** A report and the file that it was read from. */
export interface LoadedReport {
  readonly file: string
  readonly document: ReportDocument
}

/**
 * @param path a report.json, the folder that holds it, or a run's folder, of whose reports the last is taken
 * @throws ERR_FILE: missing, no report, or of a later version
 */
export async function readReport(path: string): Promise<LoadedReport> {
  const file = (await findReport(path)) ?? join(path, 'report.json')
  return { file, document: await readDocument(file) }
}

/** The report.json that is meant; undefined for a folder that has none. @throws ERR_FILE: nothing is there */
export async function findReport(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(path, error)
  })
  if (!found.isDirectory()) return path
  const own = join(path, 'report.json')
  return existsSync(own) ? own : lastReport(path)
}

/** `report`, or the one with the largest number of report-2, report-3, … */
async function lastReport(folder: string): Promise<string | undefined> {
  const reports = (await readdir(folder)).flatMap((name) => {
    const numbered = /^report(?:-(\d+))?$/.exec(name)
    const file = join(folder, name, 'report.json')
    return numbered && existsSync(file) ? [{ file, number: Number(numbered[1] ?? 1) }] : []
  })
  return reports.sort((a, b) => b.number - a.number)[0]?.file
}

/** A larger one would hold the event loop while it is parsed and checked. */
const fewBytes = 500_000

async function readDocument(file: string): Promise<ReportDocument> {
  const { size } = await stat(file).catch((error: unknown) => {
    throw fileError(file, error)
  })
  if (size <= fewBytes) return parseReport(file)
  const parts = await runInWorker<DocumentParts>(__filename, 'reportParts', file)
  return joinedInTurns(parts)
}

/** For a worker. @throws as readReport */
export async function reportParts(file: string): Promise<DocumentParts> {
  return partsOf(await parseReport(file))
}

async function parseReport(file: string): Promise<ReportDocument> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(file, error)
  })
  const document = parse(text, file) as { formatVersion?: unknown } | null
  if (typeof document?.formatVersion === 'number' && document.formatVersion > formatVersion) {
    throw new IjepaError(
      'ERR_FILE',
      `Expected a report of format version ${formatVersion} or earlier in ${file}, got ${document.formatVersion}: update this library`,
      { file },
    )
  }
  const [issue] = outline.safeParse(document).error?.issues ?? []
  if (issue) {
    const where = issue.path.join('.')
    throw new IjepaError(
      'ERR_FILE',
      `Expected a report as report.schema.json describes it in ${file}: ${where === '' ? '' : `${where}: `}${issue.message}`,
      { file },
    )
  }
  return document as unknown as ReportDocument
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new IjepaError(
      'ERR_FILE',
      `Expected JSON in ${file}: ${(error as Error).message}`,
      { file },
      { cause: error },
    )
  }
}

const count = z.number().int().min(0)
const texts = z.array(z.string())
const shape = z.looseObject({ embedDim: z.number(), depth: z.number() })
const size = z.union([z.number(), z.looseObject({ height: z.number(), width: z.number() })])
const rates = z.record(z.string(), z.number().nullable())

const run = z.looseObject({
  kind: z.enum(['linear-probe', 'finetune']),
  name: z.string(),
  directory: z.string(),
  encoder: z.looseObject({
    ...{ source: z.string(), weights: z.string(), format: z.string(), dtype: z.string() },
    ...{ architecture: shape, patchSize: z.number(), imageSize: size, parameters: z.number() },
  }),
  seed: z.number(),
  precision: z.string(),
  imagesPerSecond: z.number().nullable(),
  seconds: z.number(),
  parameters: z.looseObject({ total: z.number(), trainable: z.number() }),
  config: z.record(z.string(), z.unknown()),
  history: z.array(
    z.looseObject({ epoch: count, seconds: z.number(), train: rates, validation: rates.nullable() }),
  ),
  scores: z.record(z.string(), z.looseObject({ value: z.number() })),
  perClass: z.array(z.looseObject({ class: count, samples: count, predicted: count })),
})

/** What every page takes for granted; the schema in the project says all. */
const outline = z.looseObject({
  formatVersion: z.number(),
  createdAt: z.string(),
  library: z.looseObject({ name: z.string(), version: z.string() }),
  data: z.looseObject({
    source: z.string().nullable(),
    classes: texts,
    splits: z.record(z.string(), z.looseObject({ images: z.number(), perClass: z.array(z.number()) })),
    skipped: z.looseObject({
      count,
      files: z.array(z.looseObject({ file: z.string(), reason: z.string() })),
    }),
    fingerprint: z.string().nullable(),
  }),
  evaluation: z.looseObject({
    ...{ split: z.string(), samples: z.number(), usedFor: texts },
    preprocessing: z.record(z.string(), z.unknown()),
  }),
  environment: z.record(z.string(), z.unknown()),
  runs: z.array(run).min(1),
  comparisons: z.array(z.looseObject({ first: count, second: count, difference: z.number() })),
  warnings: z.array(z.looseObject({ code: z.string(), message: z.string() })),
  concerns: texts,
})
