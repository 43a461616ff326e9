import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ownIdentity, isRunning, type ProcessIdentity } from '../../../lib/train/process-identity'
import { holdingLock, refuseLocked, takeLock } from '../../../lib/train/run-lock'

const newFolder = () => mkdtempSync(join(tmpdir(), 'ijepa-lock-'))
const locksIn = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('lock.'))

function writeLock(folder: string, holder: ProcessIdentity, name = `lock.${holder.pid}.00ff`): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(holder))
  return file
}

/** The number of a process that has ended. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid
}

describe('the lock of a run', () => {
  it('refuses a second one, naming process and file, until it is released', async () => {
    const folder = newFolder()
    const release = await takeLock(folder)
    const [name] = locksIn(folder)
    const refusal = { code: 'ERR_BUSY', details: { pid: process.pid, file: join(folder, name!) } }
    await expect(takeLock(folder)).rejects.toMatchObject(refusal)
    await expect(refuseLocked(folder)).rejects.toMatchObject(refusal)
    expect(locksIn(folder)).toEqual([name])
    await release()
    expect(locksIn(folder)).toEqual([])
    await (
      await takeLock(folder)
    )()
  })

  it('goes to exactly one of many that come at the same moment', async () => {
    for (let round = 0; round < 5; round++) {
      const folder = newFolder()
      const takers = await Promise.allSettled(Array.from({ length: 6 }, () => takeLock(folder)))
      expect(takers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      expect(locksIn(folder)).toHaveLength(1)
    }
  }, 30_000)

  it.each([
    ['of a process that has ended', async () => ({ ...(await ownIdentity()), pid: endedProcess() })],
    [
      'of an earlier process with this number',
      async () => ({ ...(await ownIdentity()), started: '1', pid: process.pid }),
    ],
  ])('is taken over where it is %s', async (_, makeHolder) => {
    const folder = newFolder()
    const stale = writeLock(folder, await makeHolder())
    const release = await takeLock(folder)
    expect(existsSync(stale)).toBe(false)
    expect(locksIn(folder)).toHaveLength(1)
    await release()
  })

  const onLinux = process.platform === 'linux' ? it : it.skip // elsewhere there is no /proc to tell
  onLinux('of a process that was killed and that nobody has waited for is stale', async () => {
    // The shell is another program before its child ends, and never waits: the child stays a zombie, whose number still
    // answers to signals.
    const shell = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = (await once(shell.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    const status = () => readFileSync(`/proc/${pid}/stat`, 'latin1')
    while (!status().includes(') Z ')) await new Promise((resolve) => setTimeout(resolve, 10))
    const started = status().split(') ')[1]!.split(' ')[19]!
    expect(() => process.kill(pid, 0)).not.toThrow()
    expect(await isRunning({ ...(await ownIdentity()), pid, started })).toBe(false)
    shell.kill('SIGKILL')
  })

  it('of a process elsewhere holds while its file is touched, and is taken over a minute after', async () => {
    const folder = newFolder()
    const elsewhere = { pid: 7, started: '12', host: 'node-3', place: 'node-3 of another cluster' }
    const file = writeLock(folder, elsewhere)
    await expect(takeLock(folder)).rejects.toMatchObject({
      code: 'ERR_BUSY',
      message: expect.stringContaining('process 7 on node-3') as string,
    })
    const before = new Date(Date.now() - 61_000)
    utimesSync(file, before, before)
    await (
      await takeLock(folder)
    )()
    expect(locksIn(folder)).toEqual([])
  })

  it('is held until what goes on in the background has ended, also where that fails', async () => {
    const folder = newFolder()
    let fail: (error: Error) => void = () => undefined
    let rest: Promise<void> = Promise.resolve()
    const work = holdingLock(
      folder,
      (background) => {
        rest = background
      },
      async (inBackground) => {
        inBackground(new Promise((_, reject) => (fail = reject)))
        throw new Error('stopped')
      },
    )
    await expect(work).rejects.toThrow('stopped')
    expect(locksIn(folder)).toHaveLength(1)
    fail(new Error('disk full'))
    await expect(rest).rejects.toThrow('disk full')
    expect(locksIn(folder)).toEqual([])
  })

  it('says that a folder is gone', async () => {
    await expect(takeLock('no/such/folder')).rejects.toMatchObject({ code: 'ERR_FILE' })
  })
})
