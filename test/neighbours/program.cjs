/**
 * sharp, onnxruntime-node and ijepa-classify at work at once, loaded in the order that the first argument gives; then MODEL,
 * a classifier, and ONNX, a model that adds its input to itself.
 */
const [order, classifierPath, onnxPath] = process.argv.slice(2)
const loaded = Object.fromEntries(order.split(',').map((name) => [name, require(name)]))
const { sharp, 'onnxruntime-node': onnx, 'ijepa-classify': ours } = loaded
const rounds = 30

const side = 96
const pixels = Buffer.from(Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 7) % 256))
const raw = { raw: { width: side, height: side, channels: 3 } }

async function resize() {
  const png = await sharp(pixels, raw).png().toBuffer()
  const { data, info } = await sharp(png).resize(48, 48).raw().toBuffer({ resolveWithObject: true })
  if (info.width !== 48) throw new Error(`sharp: ${info.width} wide`)
  return data.toString('base64')
}

async function double(session) {
  const numbers = Float32Array.from({ length: 64 }, (_, i) => i)
  const { y } = await session.run({ x: new onnx.Tensor('float32', numbers, [64]) })
  return y.data.join()
}

async function predict(classifier) {
  const webp = await sharp(pixels, raw).webp({ lossless: true }).toBuffer()
  const found = await classifier.predict([webp, { data: pixels, width: side, height: side, channels: 3 }])
  return found.map(([best]) => `${best.label} ${best.probability.toFixed(4)}`).join()
}

void (async () => {
  const session = await onnx.InferenceSession.create(onnxPath)
  const classifier = await ours.Classifier.load(classifierPath)
  const works = [() => resize(), () => double(session), () => predict(classifier)]
  const alone = []
  for (const work of works) alone.push(await work())
  const [first, second] = alone[2].split(',')
  if (first !== second) throw new Error(`${first} from the file, ${second} from its pixels`)
  if (alone[1] !== Array.from({ length: 64 }, (_, i) => 2 * i).join()) throw new Error(alone[1])
  await Promise.all(
    works.map(async (work, i) => {
      for (let round = 0; round < rounds; round++) {
        const found = await work()
        if (found !== alone[i]) throw new Error(`work ${i}: ${found} in place of ${alone[i]}`)
      }
    }),
  )
  await classifier.dispose()
  console.log('ok')
})()
