/** What a session and its heads have in common: tensors with names, and calls whose errors are ours. */
import type * as binding from '../../binding.gyp'
import { guarded, settled } from './errors'
import { floats } from './loader'

export abstract class NamedTensors<Handle extends binding.NamedTensors = binding.NamedTensors> {
  constructor(protected readonly handle: Handle) {}

  tensors(): Promise<binding.TensorInfo[]> {
    return this.call(() => this.handle.tensors())
  }

  load(plan: binding.PlannedTensor[]): Promise<void> {
    return this.call(() => this.handle.load(plan))
  }

  write(path: string, header: Uint8Array, pieces: binding.Piece[]): Promise<void> {
    return this.call(() => this.handle.write(path, header, pieces))
  }

  async read(name: string): Promise<Float32Array> {
    return floats(await this.call(() => this.handle.read(name)))
  }

  protected async call<T>(method: () => Promise<T>): Promise<T> {
    return settled(guarded(method))
  }
}
