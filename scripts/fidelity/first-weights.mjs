/**
 * Writes the first weights of the preset vjepa-attentive on the demo's encoder and ten classes, as seed 0 draws them, in
 * safetensors: what test/parity/attentive_cifar10.py begins with. `node scripts/fidelity/first-weights.mjs FILE`
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import inference from '../../dist/inference/index.js'

const [path] = process.argv.slice(2)
if (path === undefined) throw new Error('Expected a file to write')
const encoder = await inference.openEncoder(
  fileURLToPath(new URL('../../demo/encoder.safetensors', import.meta.url)),
)
const { geometry, plan } = encoder
const session = await inference.createModel({
  ...{ geometry, plan, classes: 10, pooling: 'vjepa_attentive', features: 'last', normalize: false, seed: 0 },
  headInit: 1 / Math.sqrt(3 * geometry.embedDim),
  preprocessing: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  ...{ device: 'cpu', threads: 2, linearKernel: 'blas' },
})
/** @type {Record<string, { dtype: string, shape: readonly number[], data_offsets: readonly [number, number] }>} */
const header = {}
const pieces = []
let end = 0
for (const { name, shape } of session.parameters().filter(({ name }) => /^(pooler|head)\./.test(name))) {
  const values = await session.read(name)
  pieces.push(Buffer.from(values.buffer, values.byteOffset, values.byteLength))
  header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += values.byteLength)] }
}
const text = Buffer.from(JSON.stringify(header))
const size = Buffer.alloc(8)
size.writeBigUInt64LE(BigInt(text.length))
writeFileSync(path, Buffer.concat([size, text, ...pieces]))
await session.dispose()
