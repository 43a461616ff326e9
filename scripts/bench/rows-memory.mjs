/** Memory of a full training step, each side in a process that does only that. */
import { fileURLToPath } from 'node:url'
import { PeerProcess } from './peer-process.mjs'

const batch = 16
const mebibytes = (bytes) => bytes / 2 ** 20
const ourScript = fileURLToPath(new URL('ours/memory.mjs', import.meta.url))

/** No rounds: bytes hardly differ from one process to the next. */
export async function memoryRows({ table, peers, threads }) {
  for (const precision of ['fp32', 'bf16']) {
    const { about: ours } = await PeerProcess.start(process.execPath, [
      ourScript,
      String(threads),
      precision,
      String(batch),
    ])
    const { peak: live } = await peers.pytorchMemory(precision, batch, 'live')
    const resident = await peers.pytorchMemory(precision, batch, 'resident')
    const add = (name, a, b, atMost, note) =>
      table.add({
        name: `${name}, step ${precision}, batch ${batch}`,
        against: 'PyTorch',
        ours: mebibytes(a),
        theirs: mebibytes(b),
        unit: 'MiB',
        ratio: a / b,
        required: { atMost },
        note,
      })
    add('peak of live tensors', ours.live, live, 0.9)
    add('peak resident', ours.peak, resident.peak, 1.1)
    add(
      'peak resident above idle',
      ours.peak - ours.idle,
      resident.peak - resident.idle,
      1.1,
      `idle, libraries loaded: ours ${mebibytes(ours.idle).toFixed(0)} MiB, PyTorch ${mebibytes(resident.idle).toFixed(0)} MiB`,
    )
  }
}
