/**
 * AlexNet's mean errors on ImageNet-C, by which the benchmark divides: the table of google-research/augmix (imagenet.py), whose
 * authors took it from the benchmark's.
 */
export const alexNetErrors: Readonly<Record<string, number>> = {
  gaussian_noise: 0.886428,
  shot_noise: 0.894468,
  impulse_noise: 0.92264,
  defocus_blur: 0.81988,
  glass_blur: 0.826268,
  motion_blur: 0.785948,
  zoom_blur: 0.79836,
  snow: 0.866816,
  frost: 0.826572,
  fog: 0.819324,
  brightness: 0.564592,
  contrast: 0.853204,
  elastic_transform: 0.646056,
  pixelate: 0.71784,
  jpeg_compression: 0.6065,
}

/** Of torchvision's AlexNet on ImageNet's validation set: top-1 of 56.522 %. */
export const alexNetCleanError = 0.43478
