/** From uint8 planes to a model's input. */
const mean = [0.485, 0.456, 0.406]
const std = [0.229, 0.224, 0.225]
const values = mean.map((_, channel) =>
  Float32Array.from({ length: 256 }, (_, pixel) => (pixel / 255 - mean[channel]) / std[channel]),
)

/** ImageNet's statistics; pixels are [3, H, W]. */
export function normalised(pixels) {
  const result = new Float32Array(pixels.length)
  const plane = pixels.length / 3
  for (let channel = 0, i = 0; channel < 3; channel++) {
    const table = values[channel]
    for (const end = i + plane; i < end; i++) result[i] = table[pixels[i]]
  }
  return result
}
