/** npm run probe: a linear classifier on a frozen encoder. */
import { runTraining } from './run-training.mjs'

await runTraining('probe', 'linearProbe')
