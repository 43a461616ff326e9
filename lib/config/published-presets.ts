/** Fine-tuning recipes of papers, by name. What a paper does not say is this library's default. */
import type { FinetunePreset } from './presets'

/** MAE's pictures: crops of 8 % of the area on, RandAugment of magnitude 9 ± 0.5 (timm's notation). */
const pictures = { crop: { scale: [0.08, 1] }, randAugment: 'rand-m9-mstd0.5-inc1' } as const

/** 528 pictures an update, as the paper has it, 16 at a time. */
const ijepaImagenet: FinetunePreset = {
  summary:
    'I-JEPA, all of ImageNet-1K: 50 epochs, 528 pictures an update, mixup and cutmix; for ViT-H/16 at 448',
  source: 'I-JEPA (arXiv 2301.08243), Table 15 and its appendix on full fine-tuning',
  expected: 'top-1 87.1 % on ImageNet-1K with ViT-H/16 at 448 pixels, pre-trained for 300 epochs',
  command:
    'npm run finetune -- --encoder IN1K-vit.h.16-448px-300e.pth.tar --data.train train ' +
    '--data.validation.images val --data.validation.labels LOC_val_solution.csv --preset ijepa-imagenet',
  options: () => ({
    epochs: 50,
    batchSize: 16,
    gradientAccumulation: 33,
    baseLearningRate: 1e-4,
    weightDecay: 0.04,
    dropPath: 0.25,
    mixup: 0.8,
    cutmix: 1,
    augmentation: pictures,
  }),
}

/** ViT-H has width 1,280, ViT-L 1,024. The paper gives one learning rate, not one by batch. */
const ijepaOnePercent: FinetunePreset = {
  summary: 'I-JEPA, 1 % of ImageNet-1K: 50 epochs, 512 pictures an update; no mixup, no drop path',
  source: "I-JEPA (arXiv 2301.08243), Table 2 and its appendix on 1 % of the labels: MAE's protocol, adapted",
  expected: 'top-1 69.4 % with ViT-L/16, 73.3 % with ViT-H/14 on ImageNet-1K, of 12,811 labelled pictures',
  command:
    'npm run finetune -- --encoder IN1K-vit.h.14-300e.pth.tar --data.train train --data.subset.list 1percent.txt ' +
    '--data.validation.images val --data.validation.labels LOC_val_solution.csv --preset ijepa-1percent',
  options: ({ embedDim }) => ({
    epochs: 50,
    batchSize: 32,
    gradientAccumulation: 16,
    learningRate: 3e-5,
    weightDecay: embedDim >= 1_280 ? 0.4 : 0.05,
    augmentation: pictures,
  }),
}

interface MaeRow {
  readonly model: string
  readonly encoder: string
  readonly epochs: number
  readonly baseLearningRate: number
  readonly layerDecay: number
  readonly dropPath: number
  readonly top1: number
}

/** 1,024 pictures an update, 32 at a time. */
const mae = (row: MaeRow): FinetunePreset => ({
  summary: `MAE's fine-tuning of ${row.model}: ${row.epochs} epochs, 1,024 pictures an update, mixup and cutmix`,
  source: 'MAE (arXiv 2111.06377) and the table in FINETUNE.md of facebookresearch/mae',
  expected: `top-1 ${row.top1.toFixed(2)} % on ImageNet-1K with MAE's own ${row.model}; no published number for I-JEPA's encoders`,
  command:
    `npm run finetune -- --encoder ENCODER --data.train train --data.validation.images val ` +
    `--data.validation.labels LOC_val_solution.csv --preset mae-${row.encoder}`,
  options: () => ({
    epochs: row.epochs,
    batchSize: 32,
    gradientAccumulation: 32,
    baseLearningRate: row.baseLearningRate,
    warmupEpochs: 5,
    layerDecay: row.layerDecay,
    dropPath: row.dropPath,
    mixup: 0.8,
    cutmix: 1,
    headInit: 2e-5,
    pooling: 'mean_then_norm',
    augmentation: { ...pictures, erasing: 0.25 },
  }),
})

export const publishedPresets = {
  'ijepa-imagenet': ijepaImagenet,
  'ijepa-1percent': ijepaOnePercent,
  'mae-base': mae({
    model: 'ViT-B/16',
    encoder: 'base',
    epochs: 100,
    baseLearningRate: 5e-4,
    layerDecay: 0.65,
    dropPath: 0.1,
    top1: 83.66,
  }),
  'mae-large': mae({
    model: 'ViT-L/16',
    encoder: 'large',
    epochs: 50,
    baseLearningRate: 1e-3,
    layerDecay: 0.75,
    dropPath: 0.2,
    top1: 85.95,
  }),
  'mae-huge': mae({
    model: 'ViT-H/14',
    encoder: 'huge',
    epochs: 50,
    baseLearningRate: 1e-3,
    layerDecay: 0.75,
    dropPath: 0.3,
    top1: 86.93,
  }),
} satisfies Readonly<Record<string, FinetunePreset>>
