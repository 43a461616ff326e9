/** npm run finetune: an encoder, all or part of it, trained with a linear classifier. */
import { runTraining } from './run-training.mjs'

await runTraining('finetune', 'finetune')
