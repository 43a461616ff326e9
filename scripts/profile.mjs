/** `--profile`: where the time of a script's job went. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { measureStages, stageTimes } from '../dist/native/index.js'
import { profileOf, profileTable } from '../dist/progress/index.js'

/** @typedef {import('../dist/index.js').TrainEvent} TrainEvent */

/**
 * Does `work`, which gives a listener to its job and resolves with the folder for profile.json; with `wanted` the profile is
 * printed at the end, whether the job came to its end or was stopped.
 *
 * @param {boolean | undefined} wanted
 * @param {(control: { onEvent?: (event: TrainEvent) => void }) => Promise<string>} work
 */
export async function profiled(wanted, work) {
  if (!wanted) return work({})
  const begun = performance.now()
  const measured = () => ({ seconds: (performance.now() - begun) / 1000, times: stageTimes() })
  let before
  let folder
  measureStages(true)
  /** @param {TrainEvent} event */
  const onEvent = (event) => {
    if (event.type === 'start') folder = event.directory
    if (event.type === 'step' || event.type === 'evaluate') before ??= measured()
  }
  try {
    folder = await work({ onEvent })
  } finally {
    const { seconds, times } = measured()
    measureStages(false)
    report(profileOf(seconds, before ?? { seconds, times }, times), folder)
  }
}

/** @param {import('../dist/progress/index.js').Profile} profile @param {string | undefined} folder */
function report(profile, folder) {
  console.log(`\n${profileTable(profile)}`)
  if (folder === undefined || !existsSync(folder)) return
  writeFileSync(join(folder, 'profile.json'), `${JSON.stringify(profile, undefined, 2)}\n`)
}
