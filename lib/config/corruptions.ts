/** The corruptions of ImageNet-C, by family, as its authors spell them. */
export const corruptionFamilies = {
  noise: ['gaussian_noise', 'shot_noise', 'impulse_noise'],
  blur: ['defocus_blur', 'glass_blur', 'motion_blur', 'zoom_blur'],
  weather: ['snow', 'frost', 'fog', 'brightness'],
  digital: ['contrast', 'elastic_transform', 'pixelate', 'jpeg_compression'],
} as const

/** The benchmark's 15: mCE is a mean over these. */
export const commonCorruptions: readonly string[] = Object.values(corruptionFamilies).flat()

/** Its authors' four more, made for choosing hyper-parameters. */
export const extraCorruptions: readonly string[] = ['speckle_noise', 'gaussian_blur', 'spatter', 'saturate']

export const allCorruptions: readonly string[] = [...commonCorruptions, ...extraCorruptions]

export const allSeverities: readonly number[] = [1, 2, 3, 4, 5]
