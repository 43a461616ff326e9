/** Lists of images as their authors publish them, whose columns are called otherwise than a manifest's. */

interface PublishedManifest {
  /** Its whole header tells it. */
  readonly columns: readonly string[]
  readonly toRecord: (row: Readonly<Record<string, string>>) => Record<string, string>
}

/** A word for each number from 0; another value stays, and is refused where words are expected. */
const worded = (value: string, words: readonly string[]): string => words[Number(value)] ?? value

/**
 * Waterbirds' metadata.csv (S. Sagawa et al., "Distributionally robust neural networks for group shifts", ICLR 2020): the bird `y` and
 * its background `place` as 0 and 1, splits as 0 to 2.
 */
const waterbirds: PublishedManifest = {
  columns: ['img_id', 'img_filename', 'y', 'split', 'place', 'place_filename'],
  toRecord: ({ img_filename = '', y = '', split = '', place = '' }) => ({
    image: img_filename,
    label: worded(y, ['landbird', 'waterbird']),
    split: worded(split, ['train', 'validation', 'test']),
    place: worded(place, ['land', 'water']),
  }),
}

const published: readonly PublishedManifest[] = [waterbirds]

/** What makes a manifest's columns of a row of one of these; undefined: the header is none of theirs. */
export function publishedManifest(header: readonly string[]): PublishedManifest['toRecord'] | undefined {
  return published.find(({ columns }) => columns.every((name, i) => header[i] === name))?.toRecord
}
