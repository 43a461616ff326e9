/** Runs that cannot go on: what they say, and what is on the disk afterwards. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Trainer, type FinetuneOptions, type TrainEvent } from '../../lib'
import { readSafetensors } from '../../lib/checkpoint'
import { findDamage } from '../../lib/train/checksums'
import { temporaryFolder, tinyEncoder } from '../pictures'
import { finetuning, finish, makePictures, makeTrainer, outcome, quiet, type Pictures } from './runs'

const library = join(__dirname, '..', '..', 'dist', 'index.mjs')
let data: Pictures
let expected: ReturnType<typeof outcome>

beforeAll(async () => {
  data = makePictures()
  expected = outcome(await finish(data))
}, 60_000)

/** A run to which something happens after an update; how it ended. */
async function runWith(step: number, happening: (run: string) => void, options: FinetuneOptions = {}) {
  const directory = temporaryFolder()
  const run = join(directory, 'finetune')
  const trainer = await makeTrainer(data, directory)
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'step' && event.step === step) happening(run)
  }
  const error = await trainer.finetune({ ...finetuning, ...options, onEvent }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  await trainer.dispose()
  return { run, error }
}

const whole = (run: string, name = 'last') => findDamage(join(run, 'checkpoints', name), 'bytes')

describe('a place that cannot be written', () => {
  it('gone in the midst of the run: ERR_FILE, and no new folder begins', async () => {
    const { run, error } = await runWith(4, (path) => rmSync(path, { recursive: true }))
    expect(error).toMatchObject({ code: 'ERR_FILE', message: expect.stringContaining(run) as string })
    expect(existsSync(run)).toBe(false)
  })

  it('a file where the checkpoints were: ERR_FILE; put back, the run goes on to the same end', async () => {
    const { run, error } = await runWith(4, (path) => {
      renameSync(join(path, 'checkpoints'), join(path, 'aside'))
      writeFileSync(join(path, 'checkpoints'), '')
    })
    expect(error).toMatchObject({
      code: 'ERR_FILE',
      message: expect.stringContaining('checkpoints') as string,
    })
    rmSync(join(run, 'checkpoints'))
    renameSync(join(run, 'aside'), join(run, 'checkpoints'))
    expect(outcome(await Trainer.resume(run, quiet))).toEqual(expected)
  })

  it('metrics.jsonl on a full device: ERR_FILE says so; the last checkpoint is whole', async () => {
    const { run, error } = await runWith(4, (path) => {
      rmSync(join(path, 'metrics.jsonl'))
      symlinkSync('/dev/full', join(path, 'metrics.jsonl'))
    })
    expect(error).toMatchObject({
      code: 'ERR_FILE',
      message: expect.stringContaining('no space left') as string,
    })
    expect(await whole(run)).toBeUndefined()
  })

  it('a directory that no run can be made in: ERR_FILE before anything is computed', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    const trainer = await makeTrainer(data, join(file, 'runs'))
    await expect(trainer.finetune(finetuning)).rejects.toMatchObject({ code: 'ERR_FILE' })
    await trainer.dispose()
  })
})

/** A program that trains, or goes on, in a process of its own; what it prints is the error's code and message, or `done`. */
function writeProgram(folder: string, body: string): string {
  const program = join(folder, 'program.mjs')
  const options = { encoder: tinyEncoder, data, directory: join(folder, 'disk'), threads: 2 }
  // All parameters train from the third epoch on: the optimizer's state grows.
  const freeze = [
    { from: 0, train: ['head'] },
    { from: 2, train: ['all'] },
  ]
  writeFileSync(
    program,
    `import { chmodSync } from 'node:fs'
     import { Trainer } from ${JSON.stringify(library)}
     const run = ${JSON.stringify(join(folder, 'disk', 'finetune'))}
     const recipe = ${JSON.stringify({ ...finetuning, freeze })}
     const begin = async (onEvent) => (await Trainer.create(${JSON.stringify(options)})).finetune({ ...recipe, onEvent })
     const goOn = () => Trainer.resume(run, { progress: 'none' })
     try {
       ${body}
       console.log('done')
     } catch (error) {
       console.log(error.code + ' ' + error.message)
     }`,
  )
  return program
}

/** Lines that the shell's programs print. */
function shell(script: string, unshare: readonly string[] = []): string[] {
  const [command = 'sh', ...args] = [...unshare, 'sh', '-ec', script]
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${script} ended with status ${status}:\n${stderr}`)
  return stdout.trim().split('\n')
}

/** A mount that nobody else sees, where the system lets everybody make one. */
const privately = ['unshare', '-rm'] as const
const mayMount = spawnSync(privately[0], [privately[1], 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0

describe('in a process of its own', () => {
  const begins = `await (process.argv[2] === 'begin' ? begin() : goOn())`

  it('a full disk ends the run with ERR_FILE; with space again it goes on', () => {
    const folder = temporaryFolder()
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    const program = `"${process.execPath}" "${writeProgram(folder, begins)}"`
    // Without a mount: a limit that the checkpoints of the third epoch, twice as large, are above.
    const [first, second, third] = mayMount
      ? shell(
          `mount -t tmpfs -o size=900k none "${disk}"; ${program} begin; ${program}
           mount -o remount,size=64m "${disk}"; ${program}`,
          privately,
        )
      : shell(`(ulimit -f 400; ${program} begin; ${program}); ${program}`)
    const full = mayMount ? /^ERR_FILE .*no space left/i : /^ERR_FILE .*(too large|larger than)/i
    expect(first).toMatch(full)
    expect(first).toContain('resume the run')
    expect(second).toMatch(full)
    expect(third).toBe('done')
  }, 60_000)

  it('a folder that has become read-only: ERR_FILE; the last checkpoint is whole', async () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755) // a temporary folder is its owner's alone
    // Root may write everywhere: it becomes somebody else, once the libraries are loaded.
    const program = writeProgram(
      folder,
      `await begin((event) => {
         if (event.type !== 'epoch') return
         chmodSync(run + '/checkpoints', 0o555)
         chmodSync(run + '/metrics.jsonl', 0o666)
         if (process.geteuid() === 0) process.seteuid(65534)
       })`,
    )
    const [line] = shell(`"${process.execPath}" "${program}"`)
    expect(line).toMatch(/^ERR_FILE .*checkpoints.*not writable/)
    expect(await whole(join(folder, 'disk', 'finetune'))).toBeUndefined()
  }, 60_000)
})

describe('a loss that is not finite', () => {
  it('ten times in a row ends the run: which step, which files; what is on the disk is finite', async () => {
    const warnings: string[] = []
    const directory = temporaryFolder()
    const trainer = await makeTrainer(data, directory)
    const onEvent = (event: TrainEvent): void => {
      if (event.type === 'warning' && event.code === 'WARN_NOT_FINITE') warnings.push(event.message)
    }
    const run = trainer.finetune({ ...finetuning, epochs: 9, learningRate: 1e30, onEvent })
    await expect(run).rejects.toMatchObject({
      code: 'ERR_LOSS_NOT_FINITE',
      message: expect.stringMatching(/\(step 11\) left out.* had .*\.png/) as string,
      details: { step: 11, files: expect.arrayContaining([expect.stringContaining(data.train)]) as string[] },
    })
    await trainer.dispose()
    expect(warnings).toHaveLength(9)
    expect(warnings[0]).toContain('(step 2) left out')
    const last = join(directory, 'finetune', 'checkpoints', 'last')
    for (const name of ['model.safetensors', 'state.safetensors'])
      expect(await allFinite(join(last, name))).toBe(true)
    expect(existsSync(join(directory, 'finetune', 'checkpoints', 'best'))).toBe(false) // NaN is never best
  })
})

async function allFinite(file: string): Promise<boolean> {
  const bytes = readFileSync(file)
  const { tensors } = await readSafetensors(file)
  const floats = [...tensors.values()].filter(({ dtype }) => dtype === 'F32')
  expect(floats.length).toBeGreaterThan(20)
  return floats.every(({ range }) => {
    const values = bytes.subarray(range.offset, range.offset + range.length)
    return Array.from({ length: range.length / 4 }, (_, i) => values.readFloatLE(4 * i)).every(
      Number.isFinite,
    )
  })
}

describe('a state that cannot be saved after an abort', () => {
  const block = (run: string) => {
    renameSync(join(run, 'checkpoints'), join(run, 'aside'))
    writeFileSync(join(run, 'checkpoints'), '')
  }

  it('is told by dispose(), once', async () => {
    const directory = temporaryFolder()
    const trainer = await makeTrainer(data, directory)
    const stopping = new AbortController()
    const onEvent = (event: TrainEvent): void => {
      if (event.type !== 'step') return
      block(join(directory, 'finetune'))
      stopping.abort(new Error('stopped'))
    }
    await expect(trainer.finetune({ ...finetuning, signal: stopping.signal, onEvent })).rejects.toThrow(
      'stopped',
    )
    await expect(trainer.dispose()).rejects.toMatchObject({ code: 'ERR_FILE' })
    await trainer.dispose()
  })

  it('makes a script end with status 1 after a signal, where it has begun the run and where it has resumed it', async () => {
    const directory = temporaryFolder()
    const run = join(directory, 'finetune')
    const encoder = ['--encoder', JSON.stringify(tinyEncoder), '--directory', directory, '--threads', '2']
    const recipe = ['--epochs', '2000', '--batchSize', '8', '--precision', 'fp32', '--warmupEpochs', '0']
    const source = ['--data.train', data.train, '--data.validation', data.validation]
    const begun = await stoppedScript([...encoder, ...source, ...recipe], () => block(run))
    expect(begun).toEqual({ status: 1, errors: expect.stringMatching(/^ERR_FILE: .*checkpoints/m) as string })
    rmSync(join(run, 'checkpoints'))
    renameSync(join(run, 'aside'), join(run, 'checkpoints'))
    expect((await stoppedScript(['--resume', run], () => undefined)).status).toBe(130)
    const resumed = await stoppedScript(['--resume', run], () => block(run))
    expect(resumed).toEqual({ status: 1, errors: expect.stringContaining('WARN_STATE_NOT_SAVED') as string })
  }, 60_000)
})

/** npm run finetune, until its first epoch is over: then `happening`, and SIGTERM. */
async function stoppedScript(args: readonly string[], happening: () => void) {
  const script = join(__dirname, '..', '..', 'scripts', 'finetune.mjs')
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  for await (const text of child.stderr) {
    errors += String(text)
    if (!/^epoch /m.test(errors) || child.killed) continue
    happening()
    child.kill('SIGTERM')
  }
  if (child.exitCode === null) await once(child, 'exit')
  return { status: child.exitCode, errors }
}
