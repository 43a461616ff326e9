/** Whether classes are ImageNet's 1,000, by their WordNet ids. */
export const isImageNet = (classes: readonly string[]): boolean =>
  classes.length === 1000 && classes.every((name) => /^n\d{8}$/.test(name))
