/** Which device a run uses. */
import type { Environment } from '../../binding.gyp'
import type { Device } from '../api'
import { IjepaError } from '../errors'
import { environment } from './load'

/**
 * 'cpu' or 'cuda:N'. 'auto' takes the first CUDA device that answers, else the CPU.
 * @throws ERR_DEVICE: the asked device is not there.
 */
export function resolveDevice(device: Device, found: Environment = environment()): string {
  if (device === 'cpu') return 'cpu'
  const first = found.cudaDevices[0]
  if (device === 'auto') return first ?? 'cpu'
  const wanted = device === 'cuda' ? first : device
  if (wanted !== undefined && found.cudaDevices.includes(wanted)) return wanted
  const has = found.cudaDevices.length > 0 ? found.cudaDevices.join(', ') : 'no CUDA device'
  const why = found.cudaBuild ? '' : ' (LibTorch here is a CPU build; run `npm run doctor`)'
  throw new IjepaError('ERR_DEVICE', `Expected a device that is there, got '${device}': found ${has}${why}`)
}
