/** Many heads in one pass against one by one; nearest neighbours and logistic regression against scikit-learn and PyTorch. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleave, median } from './measure.mjs'
import { classes, columns, createHeads, Probe } from './ours/probe.mjs'
import { FeaturePass } from './ours/vit-small.mjs'

const heads = 100
const strengths = Array.from({ length: 9 }, (_, i) => 10 ** (i - 4))
/** scikit-learn's default, and ours for an objective that is not above its. */
const tolerances = { theirs: 1e-4, ours: 1e-6 }
const neighbors = 200

export async function probeRows(bench) {
  const probe = await Probe.create(bench.threads)
  const train = await probe.features(50_000)
  await headRows(bench, probe, train)
  await featurePassRow(bench)
  const folder = mkdtempSync(join(tmpdir(), 'ijepa-bench-'))
  try {
    await neighborRows(bench, probe, train, folder)
    await logisticRow(bench, probe, folder)
  } finally {
    rmSync(folder, { recursive: true })
    await probe.dispose()
  }
}

/** Separate runs are as many times one head's update: their features and their rows are the same. */
async function headRows({ table, rounds }, probe, features) {
  const [many, one] = [await probe.heads(heads), await probe.heads(1)]
  for (const batch of [1024, 128]) {
    const seconds = await interleave(
      {
        many: (times) => probe.step(many, heads, features, batch, times),
        one: (times) => probe.step(one, 1, features, batch, times),
      },
      rounds,
    )
    table.add({
      name: `${heads} heads in one pass, cached features, batch ${batch}`,
      against: `${heads} separate runs`,
      ours: 1000 * seconds.many,
      theirs: 1000 * heads * seconds.one,
      unit: 'ms',
      ratio: seconds.many / (heads * seconds.one),
      required: { atMost: 0.3 },
      note: `an update; features [50000, ${columns}], ${classes} classes, AdamW`,
    })
  }
  many.dispose()
  one.dispose()
}

async function featurePassRow({ table, rounds, threads }) {
  const pass = await FeaturePass.create(threads)
  const [many, one] = [await createHeads(pass.session, heads), await createHeads(pass.session, 1)]
  const seconds = await interleave(
    { many: (times) => pass.step(many, heads, times), one: (times) => pass.step(one, 1, times) },
    rounds,
  )
  table.add({
    name: `${heads} heads, the pass computes features too, batch ${pass.batch}`,
    against: 'one head',
    ours: 1000 * seconds.many,
    theirs: 1000 * seconds.one,
    unit: 'ms',
    ratio: seconds.many / seconds.one,
    required: { atMost: 1.3 },
    note: 'ViT-S/16@224 in bf16',
  })
  await pass.dispose()
}

async function neighborRows({ table, peers, rounds }, probe, train, folder) {
  const peer = await peers.probe()
  const queries = await probe.features(10_000)
  for (const [name, features] of Object.entries({ train, queries })) {
    writeFileSync(join(folder, name), await features.read())
    await peer.ask('load', name, join(folder, name), columns)
  }
  const seconds = await interleave(
    {
      ours: (times) => probe.neighbors(train, queries, times),
      sklearn: (times) => peer.ask('sklearn_neighbors', neighbors, times),
      torch: (times) => peer.ask('torch_neighbors', neighbors, times),
    },
    Math.min(rounds, 3),
  )
  const add = (against, theirs, atLeast) =>
    table.add({
      name: `k-NN, k = ${neighbors}, 50,000 × 10,000 × ${columns}`,
      against,
      ours: seconds.ours,
      theirs,
      unit: 's',
      ratio: theirs / seconds.ours,
      required: { atLeast },
      note: 'ours with the votes of four k',
    })
  add(`scikit-learn ${peer.about.sklearn} brute`, seconds.sklearn, 2)
  add('PyTorch product and top-k', seconds.torch, 1)
}

async function logisticRow({ table, peers, rounds }, probe, folder) {
  const peer = await peers.probe()
  const features = await probe.features(10_000)
  writeFileSync(join(folder, 'logistic'), await features.read())
  await peer.ask('load_raw', 'logistic', join(folder, 'logistic'), columns)
  const path = await probe.heads(strengths.length)
  const taken = { ours: [], theirs: [] }
  let ours, theirs
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    ours = await probe.logistic(path, features, strengths, tolerances.ours)
    theirs = await peer.ask('logistic', strengths, classes, tolerances.theirs)
    taken.ours.push(ours.seconds)
    taken.theirs.push(theirs.seconds)
  }
  const seconds = { ours: median(taken.ours), theirs: median(taken.theirs) }
  const lower = theirs.objective.filter((value, i) => ours.fit.objective[i] <= value + 1e-9).length
  table.add({
    name: `logistic, ${strengths.length} values of C, 10,000 × ${columns}, ${classes} classes`,
    against: `scikit-learn ${peer.about.sklearn} lbfgs`,
    ours: seconds.ours,
    theirs: seconds.theirs,
    unit: 's',
    ratio: seconds.theirs / seconds.ours,
    required: { atLeast: 2 },
    note: `C from 1e-4 to 1e4, at most 1,000 iterations; tolerance ${tolerances.ours}, theirs ${tolerances.theirs}: our objective is not above theirs for ${lower} of them`,
  })
}
