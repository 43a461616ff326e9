/** The same names from an ES module; it is compiled, never run. */

import { Classifier, IjepaError } from 'ijepa-classify'

const classifier = await Classifier.load('runs/flowers/finetune')
try {
  const [best] = await classifier.predict('rose.jpg')
  const label: string | undefined = best?.label
  console.log(label)
} catch (error) {
  if (error instanceof IjepaError) console.error(error.code)
} finally {
  await classifier.dispose()
}
