/** Memory of our full training step: `memory.mjs THREADS PRECISION BATCH`, one line of JSON; a process that does only that. */
import { readFileSync } from 'node:fs'
import native from '../../../dist/native/index.js'
import { randomPictures, VitSmall } from './vit-small.mjs'

const steps = 3
const [threads, precision, batch] = process.argv.slice(2)

function statusBytes(name) {
  const line = readFileSync('/proc/self/status', 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))
  return Number(line[1]) * 1024
}

native.environment() // loads LibTorch
const pictures = randomPictures(Number(batch))
const idle = statusBytes('VmRSS')
const model = await VitSmall.create(Number(threads))
await model.configure(precision)
await model.step(pictures, steps)
const { peak: live } = native.cpuMemory()
console.log(JSON.stringify({ answer: { live, idle, peak: statusBytes('VmHWM') } }))
process.exit()
