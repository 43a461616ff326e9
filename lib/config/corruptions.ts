/** The corruptions of ImageNet-C, as its authors spell them. */

/** The benchmark's 15: its means are over these. */
export const commonCorruptions = [
  'gaussian_noise',
  'shot_noise',
  'impulse_noise',
  'defocus_blur',
  'glass_blur',
  'motion_blur',
  'zoom_blur',
  'snow',
  'frost',
  'fog',
  'brightness',
  'contrast',
  'elastic_transform',
  'pixelate',
  'jpeg_compression',
] as const

/** With its authors' four more, which they made for choosing hyper-parameters. */
export const allCorruptions = [
  ...commonCorruptions,
  'speckle_noise',
  'gaussian_blur',
  'spatter',
  'saturate',
] as const

export const allSeverities = [1, 2, 3, 4, 5] as const
