/** From uint8 planes to a model's input. */
const mean = [0.485, 0.456, 0.406]
const std = [0.229, 0.224, 0.225]

/** ImageNet's statistics; pixels are [3, H, W]. */
export function normalised(pixels) {
  const result = new Float32Array(pixels)
  const plane = pixels.length / 3
  for (let channel = 0; channel < 3; channel++) {
    const values = result.subarray(channel * plane, (channel + 1) * plane)
    const scale = 1 / (255 * std[channel])
    const offset = -mean[channel] / std[channel]
    for (let i = 0; i < plane; i++) values[i] = values[i] * scale + offset
  }
  return result
}
