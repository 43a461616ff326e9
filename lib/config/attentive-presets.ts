/** Recipes of attentive probes: of the papers that published them, and the default. */
import type { LinearProbePreset } from './presets'

/** V-JEPA's optimisation, by the number of pictures. */
const attentive: LinearProbePreset = {
  summary: "The default of head: 'attentive': V-JEPA's pooler, batch and epochs by the number of pictures",
  source: "V-JEPA's attentive probe (arXiv 2404.08471) with fewer pictures an update; not a published recipe",
  expected:
    'top-1 54.9 % on all of CIFAR-10 with the encoder of the demo, where auto gives 47.9 %; 38.7 % on the 1,000 held-out photographs of the demo (one seed each)',
  command: 'npm run probe -- --encoder ENCODER --data DIR --head attentive',
  options: ({ trainImages }) => ({
    head: 'attentive',
    epochs: trainImages < 10_000 ? 50 : 20,
    batchSize: trainImages < 1_000 ? 32 : trainImages < 10_000 ? 64 : 256,
    learningRate: 1e-3,
    weightDecay: 0.001,
    clipGradient: 1,
  }),
}

const vjepa: LinearProbePreset = {
  summary: 'V-JEPA, attentive probe of images: AdamW at 1e-3, 1,024 pictures an update, 20 epochs',
  source:
    'facebookresearch/jepa, evals/image_classification_frozen and src/models/attentive_pooler.py; V-JEPA (arXiv 2404.08471), appendix on frozen evaluation',
  expected: 'top-1 77.9 % on ImageNet-1K with the ViT-H/16 that V-JEPA trained on videos',
  ambiguous:
    "the source augments (AutoAugment, random erasing): here the pictures are as they are evaluated and are encoded once, unless augmentation says otherwise; its versions differ on an output projection of the attention (here none, as in V-JEPA 2); it trains in fp16, here in fp32 unless precision says otherwise; its classifier begins with PyTorch's uniform draws (here normal ones of the same deviation, the bias 0)",
  command:
    'npm run probe -- --encoder IN1K-vit.h.14-300e.pth.tar --data.train train ' +
    '--data.validation.images val --data.validation.labels LOC_val_solution.csv --preset vjepa-attentive',
  options: ({ trainImages, embedDim }) => ({
    head: 'attentive',
    epochs: 20,
    batchSize: Math.min(1_024, trainImages),
    learningRate: 1e-3,
    minLearningRate: 0,
    warmupEpochs: 0,
    weightDecay: 0.001,
    clipGradient: 1,
    headInit: 1 / Math.sqrt(3 * embedDim),
  }),
}

/** 12,500 updates of 1,024 pictures, 1,250 of them warm-up: 10 epochs of ImageNet-1K. */
const capi: LinearProbePreset = {
  summary: 'capi, attention pooling: AdamW, 12.8 million views in 10 to 200 epochs, a tenth of them warm-up',
  source: 'facebookresearch/capi, eval_classification.py (arXiv 2502.08769)',
  expected: 'top-1 82.9 % on ImageNet-1K with the ViT-L/14 that capi trained on it',
  ambiguous:
    'the source takes the best of ten learning rates (1e-5 to 1e-2 for 256 pictures) and three weight decays on a tenth of train: here one head, at 5e-4 and 1e-3, from the middle; it does not say on how many GPUs of 128 pictures each (here eight); it augments (random resized crop, flip): here the pictures are as they are evaluated, unless augmentation says otherwise',
  command:
    'npm run probe -- --encoder IN1K-vit.h.14-300e.pth.tar --data.train train ' +
    '--data.validation.images val --data.validation.labels LOC_val_solution.csv --preset capi-attentive',
  options: ({ trainImages }) => {
    const batchSize = Math.min(1_024, trainImages)
    const epochs = Math.min(200, Math.max(10, Math.round(12_800_000 / trainImages)))
    return {
      head: 'attentive',
      attention: 'capi',
      epochs,
      batchSize,
      baseLearningRate: 5e-4,
      minLearningRate: 0,
      warmupEpochs: epochs / 10,
      betas: [0.9, 0.95],
      weightDecay: 1e-3,
      headInit: 0.02,
    }
  },
}

export const attentivePresets: Readonly<Record<string, LinearProbePreset>> = {
  attentive,
  'vjepa-attentive': vjepa,
  'capi-attentive': capi,
}
