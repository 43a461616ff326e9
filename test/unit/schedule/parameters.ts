/** Parameters of the demo's encoder and head, in checkpoint order. */
export const depth = 6
const width = 128

const block = (index: number): [string, number[]][] => [
  [`blocks.${index}.norm1.weight`, [width]],
  [`blocks.${index}.norm1.bias`, [width]],
  [`blocks.${index}.attn.qkv.weight`, [3 * width, width]],
  [`blocks.${index}.attn.qkv.bias`, [3 * width]],
  [`blocks.${index}.attn.proj.weight`, [width, width]],
  [`blocks.${index}.attn.proj.bias`, [width]],
  [`blocks.${index}.norm2.weight`, [width]],
  [`blocks.${index}.norm2.bias`, [width]],
  [`blocks.${index}.mlp.fc1.weight`, [4 * width, width]],
  [`blocks.${index}.mlp.fc1.bias`, [4 * width]],
  [`blocks.${index}.mlp.fc2.weight`, [width, 4 * width]],
  [`blocks.${index}.mlp.fc2.bias`, [width]],
]

export const parametersOf = (blocks: number): { name: string; shape: number[] }[] =>
  (
    [
      ['pos_embed', [1, 64, width]],
      ['patch_embed.proj.weight', [width, 3, 4, 4]],
      ['patch_embed.proj.bias', [width]],
      ...Array.from({ length: blocks }, (_, index) => block(index)).flat(),
      ['norm.weight', [width]],
      ['norm.bias', [width]],
      ['head.weight', [10, width]],
      ['head.bias', [10]],
    ] as [string, number[]][]
  ).map(([name, shape]) => ({ name, shape }))

export const parameters = parametersOf(depth)
export const names = parameters.map(({ name }) => name)
