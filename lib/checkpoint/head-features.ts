/** What a head sees of its encoder. */

/** Pooled tokens of the last block, or those of each of the last four, side by side, oldest first. */
export type HeadFeatures = 'last' | 'last4'

/** Blocks whose outputs they are. */
export const layersOf: Readonly<Record<HeadFeatures, number>> = { last: 1, last4: 4 }
