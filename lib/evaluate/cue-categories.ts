/** The 16 categories of Geirhos et al.'s pictures, and which of a classifier's classes each is made of. */
import { isImageNet } from '../config'
import { IjepaError } from '../errors'

/** First and last index of a run of ImageNet's classes, in the order of their WordNet ids, or one alone. */
type Run = number | readonly [number, number]

/**
 * ImageNet's classes of each (bethgelab/model-vs-human, modelvshuman/helper/human_categories.py); a category's probability is the mean
 * of theirs.
 */
const imageNetRuns: Readonly<Record<string, readonly Run[]>> = {
  airplane: [404],
  bear: [[294, 297]],
  bicycle: [444, 671],
  bird: [8, [10, 16], [18, 20], [22, 24], [80, 83], [87, 96], [98, 100], [127, 133], [135, 145]],
  boat: [472, 554, 625, 814, 914],
  bottle: [440, 720, 737, 898, 899, 901, 907],
  car: [436, 511, 817],
  cat: [[281, 286]],
  chair: [423, 559, 765, 857],
  clock: [409, 530, 892],
  dog: [[152, 191], [193, 203], [205, 226], [228, 241], [243, 250], [252, 257], 259, [261, 263], [265, 268]],
  elephant: [385, 386],
  keyboard: [508, 878],
  knife: [499],
  oven: [766],
  truck: [555, 569, 656, 675, 717, 734, 864, 867],
}

export const cueCategories: readonly string[] = Object.keys(imageNetRuns)

/** ImageNet's class indices of each category. */
export const imageNetIndices: readonly (readonly number[])[] = Object.values(imageNetRuns).map((runs) =>
  runs.flatMap((run) => {
    const [first, last] = typeof run === 'number' ? [run, run] : run
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  }),
)

/**
 * Class indices of each category: ImageNet's, or of a classifier whose own classes are the 16.
 * @throws ERR_DATASET: its classes are neither
 */
export function categoryClasses(classes: readonly string[]): readonly (readonly number[])[] {
  if (isImageNet(classes) && isSorted(classes)) return imageNetIndices
  const own = cueCategories.map((name) => classes.indexOf(name))
  if (classes.length === cueCategories.length && own.every((index) => index >= 0))
    return own.map((index) => [index])
  const message = `cueConflict: expected a classifier of ImageNet's 1,000 classes, called by their WordNet ids, or of the 16 categories ${cueCategories.join(', ')}; this one has ${classes.length} classes`
  throw new IjepaError('ERR_DATASET', message)
}

const isSorted = (names: readonly string[]): boolean =>
  names.every((name, index) => index === 0 || names[index - 1]! < name)
