/** Ten kills of check:kill9, which makes a hundred of each, and two processes that go on with one run at the same moment. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../pictures'
import { makePictures, stop } from './runs'

const root = join(__dirname, '..', '..')

it.each([
  ['finetune', 3],
  ['finetune-fp16', 2],
  ['finetune-views', 3],
  ['linear-probe', 2],
])(
  'a %s that is killed %i times ends bit-equal to an untouched one',
  (kind, kills) => {
    const script = join(root, 'scripts', 'check-kill9.mjs')
    const args = [script, '--kind', kind, '--kills', String(kills)]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`status ${status}\n${stdout}\n${stderr}`) // the seed is in it
    expect(stdout).toContain(`${kind}: ${kills} kills, bit-equal to the untouched run`)
  },
  120_000,
)

it('of processes that go on with a run at the same moment exactly one does', async () => {
  const run = await stop(makePictures(), 4, { epochs: 2000 })
  const program = join(temporaryFolder(), 'resume.mjs')
  writeFileSync(
    program,
    `import { Trainer } from ${JSON.stringify(join(root, 'dist', 'index.mjs'))}
     process.send('ready')
     await new Promise((resolve) => process.once('message', resolve))
     const onEvent = ({ type }) => type === 'epoch' && process.send('at work')
     await Trainer.resume(${JSON.stringify(run)}, { progress: 'none', onEvent }).catch(({ code }) => process.send(code))
     process.disconnect()`,
  )
  const children = [1, 2, 3].map(() =>
    spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  )
  const messages = () =>
    Promise.all(children.map(async (child) => ((await once(child, 'message')) as [string])[0]))
  expect(await messages()).toEqual(['ready', 'ready', 'ready'])
  const answers = messages()
  for (const child of children) child.send('go')
  expect((await answers).sort()).toEqual(['ERR_BUSY', 'ERR_BUSY', 'at work'])
  for (const child of children) child.kill('SIGKILL')
}, 60_000)
