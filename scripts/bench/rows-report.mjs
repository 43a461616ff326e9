/** Metrics with their intervals against scikit-learn, their memory, the event loop meanwhile, and the making of a report. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { largestDifference, median } from './measure.mjs'
import { PeerProcess } from './peer-process.mjs'

const ourScript = fileURLToPath(new URL('ours/report-process.mjs', import.meta.url))
const [rows, classes, resamples] = [50_000, 1000, 1000]
const pictures = 10_000
/** Of the peer's resamples so many are timed a round: all of them take minutes. */
const timedResamples = 20
const mostRounds = 3
const [mostBytes, mostSeconds, mostDelay] = [1e9, 10, 50]

export async function reportRows({ table, peers, rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-bench-'))
  try {
    const counted = Math.min(rounds, mostRounds)
    await metricRows(table, await peers.report(), join(folder, 'logits'), counted)
    await reportRow(table, join(folder, 'logits'), counted)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const start = () => PeerProcess.start(process.execPath, [ourScript])

async function metricRows(table, peer, file, rounds) {
  const process = await start()
  await process.ask('draw', rows, classes, file)
  await peer.ask('load', file, classes)
  const ours = []
  const theirs = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await process.ask('metrics'))
    theirs.push(await peer.ask('metrics', timedResamples))
  }
  const peak = await process.ask('peak')
  const idle = await process.ask('idle')
  process.stop()
  const all = theirs.map(({ seconds, perResample }) => seconds + resamples * perResample)
  const figures = { ours: median(ours.map(({ seconds }) => seconds)), theirs: median(all) }
  const name = `metrics, ${resamples} resamples, ${rows} × ${classes}`
  table.add({
    name,
    against: `scikit-learn ${peer.about.sklearn}`,
    ...figures,
    unit: 's',
    ratio: figures.theirs / figures.ours,
    required: { atLeast: 20 },
    note: `theirs: ${median(theirs.map(({ seconds }) => seconds)).toFixed(1)} s for the metrics, and ${resamples} times the mean of ${timedResamples} resamples, ${(1000 * median(theirs.map(({ perResample }) => perResample))).toFixed(0)} ms; largest difference of a metric ${differenceOf(ours[0].answer, theirs[0].values).toExponential(0)}`,
  })
  addBound(table, `${name}, peak of the whole process`, peak / 1e6, mostBytes / 1e6, 'MB')
  addDelay(table, name, ours, idle)
}

async function reportRow(table, file, rounds) {
  const process = await start()
  await process.ask('draw', pictures, classes, file)
  const taken = []
  for (let round = 0; round < rounds; round++) taken.push(await process.ask('report'))
  const idle = await process.ask('idle')
  process.stop()
  const name = `report of 2 runs, ${pictures} pictures, ${classes} classes`
  const seconds = median(taken.map(({ seconds }) => seconds))
  addBound(table, name, seconds, mostSeconds, 's', 'metrics, all files written, and opened again')
  addDelay(table, name, taken, idle)
}

/** The worst of the rounds. */
function addDelay(table, name, rounds, idle) {
  const longest = Math.max(...rounds.map(({ longestDelay }) => longestDelay))
  addBound(
    table,
    `${name}, longest delay of the event loop`,
    longest,
    mostDelay,
    'ms',
    `${idle.longestDelay.toFixed(1)} ms while it does nothing`,
  )
}

function addBound(table, name, ours, bound, unit, note) {
  const against = `${bound} ${unit}`
  table.add({ name, against, ours, unit, ratio: ours / bound, required: { atMost: 1 }, note })
}

function differenceOf(ours, theirs) {
  const names = Object.keys(theirs)
  return largestDifference(
    names.map((name) => ours[name]),
    names.map((name) => theirs[name]),
  )
}
