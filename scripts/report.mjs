/** npm run report: reports made again from their report.json alone, or the runs of many in one table. */
import { dirname, join } from 'node:path'
import { IjepaError, loadReport } from '../dist/index.js'
import { compareReports, findReport } from '../dist/report/index.js'
import { freePath, runCommand } from './command-line.mjs'
import { resultsTable, table } from './tables.mjs'

await runCommand('report', async ({ script, positional: paths }) => {
  if (paths.length === 0)
    throw new IjepaError('ERR_CONFIG', 'Expected the folder of a run or of a report; --help shows how')
  await (script.compare ? compare(paths, script.out) : again(paths, script.out))
})

/** @param {readonly string[]} paths @param {string} [out] */
async function again(paths, out) {
  const { files } = await found(paths, 0)
  const report = await loadReport(files)
  const [first] = files
  const folder = out ?? (files.length === 1 ? dirname(first) : freePath(join(dirname(paths[0]), 'report')))
  await report.save(folder)
  console.log(`${resultsTable(report.data)}\n\nReport: ${join(folder, 'report.html')}`)
}

/** @param {readonly string[]} paths @param {string} [out] */
async function compare(paths, out) {
  const { files, without } = await found(paths, paths.length - 1)
  for (const path of without) console.error(`Left out: ${withoutReport(path)}`)
  const comparison = await compareReports(files)
  const folder = out ?? freePath(join(dirname(paths[0]), 'compare'))
  await comparison.save(folder)
  for (const { title, columns, rows } of comparison.parts())
    console.log(`${title}\n\n${table(columns, rows)}\n`)
  for (const sentence of comparison.sentences()) console.log(sentence)
  console.log(`\nTable: ${join(folder, 'compare.html')}`)
}

/** @param {readonly string[]} paths @param {number} mayLack how many of them may be folders without a report */
async function found(paths, mayLack) {
  const files = []
  const without = []
  for (const path of paths) {
    const file = await findReport(path)
    if (file === undefined) without.push(path)
    else files.push(file)
  }
  if (without.length > mayLack) throw new IjepaError('ERR_FILE', withoutReport(without[0]))
  return { files, without }
}

/** @param {string} path */
function withoutReport(path) {
  return `${path} has no report yet: npm run evaluate -- ${path}`
}
