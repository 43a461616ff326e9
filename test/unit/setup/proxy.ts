/** Serves files under names that no DNS knows, as a proxy does: who gets them has asked this proxy. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Proxy {
  /** For HTTP_PROXY and its kin. */
  readonly url: string
  /** 'GET http://host/path' and 'CONNECT host:port', as they came. */
  readonly asked: string[]
  close(): void
}

export interface ProxyOptions {
  /** By whole URL; all else is 404, and tunnels to other ports than 80 are refused. */
  files: Record<string, Buffer | string>
  /** Half of this file is sent, then nothing more. */
  stopsAt?: { url: string; onStop: () => void; onGone: () => void }
}

export async function startProxy({ files, stopsAt }: ProxyOptions): Promise<Proxy> {
  const asked: string[] = []
  const server: Server = createServer(({ method, url = '', headers }, response) => {
    // In a tunnel a request names its host apart.
    const whole = decodeURIComponent(url.startsWith('/') ? `http://${headers.host}${url}` : url)
    asked.push(`${method} ${whole}`)
    const content = files[whole]
    if (content === undefined) return void response.writeHead(404).end()
    const type = typeof content === 'string' ? 'text/html' : 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(content) })
    if (whole !== stopsAt?.url) return void response.end(content)
    response.on('close', stopsAt.onGone)
    response.write(content.slice(0, content.length / 2), stopsAt.onStop)
  })
  server.on('connect', ({ url = '' }, socket) => {
    asked.push(`CONNECT ${url}`)
    if (!url.endsWith(':80')) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    server.emit('connection', socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${port}`, asked, close }
}
