/** What a pickle of torch.save can hold, as plain values: containers, numbers, and descriptions of tensors. */

/** `torch.FloatStorage` number `key`, somewhere in the container. */
export class PickledStorage {
  constructor(
    readonly type: string,
    readonly key: string,
    readonly elements: number,
  ) {}
}

/** A view of a storage; offset and strides in elements. */
export class PickledTensor {
  constructor(
    readonly storage: PickledStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** A name from the allow-list. It is only ever compared, never called. */
export class PickledGlobal {
  constructor(readonly name: string) {}
}

/** Lists and tuples are arrays, dicts and OrderedDicts are maps. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickledStorage
  | PickledTensor
  | PickledGlobal
  | PickleValue[]
  | Map<PickleValue, PickleValue>
