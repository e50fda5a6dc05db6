import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { IntakeError } from './intake-error.ts';

export interface UdpPair {
  /** The even one, for RTP; RTCP is the next. */
  rtpPort: number;
  sendRtcp(payload: Buffer, port: number): void;
  close(): void;
}

export interface UdpPairOptions {
  /** Ours, towards the camera. */
  localAddress: string;
  /** Datagrams from anyone else are dropped. */
  cameraAddress: string;
  onRtp(payload: Buffer): void;
  onRtcp(payload: Buffer): void;
  onError(error: Error): void;
}

const tries = 20;
/** A key frame arrives as a burst: the usual 208 kB overflow while the process is busy elsewhere. */
const receiveBufferBytes = 1_048_576;

/**
 * An even UDP port and the odd one above it, as RFC 3550 section 11 wants.
 * @throws IntakeError when the machine has no such pair free.
 */
export async function openUdpPair(options: UdpPairOptions): Promise<UdpPair> {
  for (let i = 0; i < tries; i++) {
    const rtp = await bind(0, options.localAddress);
    if (!rtp) continue;
    const { port } = rtp.address();
    const rtcp = port % 2 === 0 ? await bind(port + 1, options.localAddress) : null;
    if (!rtcp) {
      rtp.close();
      continue;
    }
    return listen(rtp, rtcp, options);
  }
  throw new IntakeError('unreachable', `no free pair of UDP ports in ${tries} tries`);
}

async function bind(port: number, address: string): Promise<Socket | null> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.bind(port, address);
  try {
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
    throw error;
  }
}

function listen(rtp: Socket, rtcp: Socket, options: UdpPairOptions): UdpPair {
  const { cameraAddress } = options;
  const sockets = [rtp, rtcp];
  let closed = false;
  rtp.setRecvBufferSize(receiveBufferBytes);
  rtp.on('message', (payload, from) => {
    if (from.address === cameraAddress) options.onRtp(payload);
  });
  rtcp.on('message', (payload, from) => {
    if (from.address === cameraAddress) options.onRtcp(payload);
  });
  for (const socket of sockets) socket.on('error', options.onError);
  return {
    rtpPort: rtp.address().port,
    sendRtcp(payload, port) {
      if (closed) return;
      rtcp.send(payload, port, cameraAddress, (error) => {
        // ECONNREFUSED only says that the camera does not listen to reports.
        if (error && !closed && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') options.onError(error);
      });
    },
    close() {
      if (closed) return;
      closed = true;
      for (const socket of sockets) socket.close();
    },
  };
}
