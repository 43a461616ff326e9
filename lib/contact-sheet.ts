/** A sheet of pictures as a model will see them, before any training. */
import type { ContactSheetOptions } from './api'
import { resolveContactSheet, type ContactSheetConfig } from './config'
import { chooseExamples, openDataset, planarTable, sequentialOrder, subset, type Split } from './dataset'
import { grantedProcessors, thumbnails } from './native'
import { contactSheetPage, encodePng, pictureGrid, writeWhole } from './report'
import { pictureViews, type PictureViews } from './train'

/**
 * Writes `options.out`: a few pictures of as many classes as can be, each first as it is evaluated, then as a fine-tune with this
 * augmentation would see it in its first epochs. Mixup and cutmix, which are done to whole batches, are not shown.
 * @throws ERR_CONFIG, ERR_DATASET, ERR_FILE, ERR_IMAGE_DECODE, ERR_IMAGE_REFUSED; the signal's reason after an abort
 */
export async function contactSheet(options: ContactSheetOptions): Promise<void> {
  const config = resolveContactSheet(options)
  const { seed, signal, height, width, preprocessing } = config
  const context = { seed, ...(signal ? { signal } : {}) }
  const { train, classes } = await openDataset({ train: config.data, validation: 'none' }, context)
  const split = subset(train, chooseExamples(train, config.pictures, seed))
  const pictures = await pictureViews(split.table, {
    ...config,
    loading: {
      geometry: { imageHeight: height, imageWidth: width },
      preprocessing,
      threads: grantedProcessors(),
      alpha: 'white',
      onBadImage: 'throw',
    },
  })
  const sheet = await drawn(pictures, split, classes, config)
  signal?.throwIfAborted()
  await writeWhole(config.out, sheet)
}

async function drawn(
  pictures: readonly PictureViews[],
  split: Split,
  classes: readonly string[],
  config: ContactSheetConfig,
): Promise<string | Uint8Array | AsyncIterable<Uint8Array>> {
  if (config.form === 'html') return page(pictures, split, classes, config)
  const grid = await pictureGrid(
    pictures.map(({ pixels }) => pixels),
    config,
  )
  if (config.form === 'png') return encodePng(grid)
  const [jpeg] = await thumbnails(
    planarTable([grid.pixels], grid),
    sequentialOrder(1),
    Math.max(grid.height, grid.width),
  )
  return jpeg!
}

async function page(
  pictures: readonly PictureViews[],
  { labels, labelSets, names, keyStarts }: Split,
  classes: readonly string[],
  config: ContactSheetConfig,
): Promise<string> {
  const rows = []
  for (const { sample, pixels } of pictures) {
    config.signal?.throwIfAborted()
    const jpegs = await thumbnails(planarTable(pixels, config), sequentialOrder(pixels.length), config.height)
    rows.push({
      label: (labelSets?.[sample] ?? [labels[sample]!]).map((label) => classes[label]).join(', '),
      file: names[sample]!.slice(keyStarts[sample]),
      pictures: jpegs.map((jpeg) => Buffer.from(jpeg).toString('base64')),
    })
  }
  const { augmentation, mixing, preprocessing, height, width, seed } = config
  return contactSheetPage({ rows, mixing, settings: { preprocessing, augmentation, height, width, seed } })
}
