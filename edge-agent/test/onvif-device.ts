import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OnvifDevice {
  address: string;
  /** Names of the SOAP calls and what stood in their bodies, in order. */
  calls: { name: string; body: string }[];
  close(): Promise<void>;
}

export const onvifUser = { username: 'kuzet', password: 'Q7&x' };
export const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');

/** The least an ONVIF device says, with WS-UsernameToken for SOAP and HTTP Digest for its snapshot. */
export async function startOnvifDevice(streamUri: string): Promise<OnvifDevice> {
  const calls: OnvifDevice['calls'] = [];
  const server = createServer(async (request, response) => {
    const { port } = server.address() as AddressInfo;
    const base = `http://127.0.0.1:${port}`;
    if (request.url?.startsWith('/snapshot')) {
      if (!isSignedIn(request)) {
        response
          .writeHead(401, { 'www-authenticate': 'Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5' })
          .end();
      } else response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpeg);
      return;
    }
    const soap = await text(request);
    const body = /<s:Body>([\s\S]*)<\/s:Body>/.exec(soap)?.[1] ?? '';
    const name = /<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? '';
    calls.push({ name, body });
    if (name !== 'GetSystemDateAndTime' && name !== 'GetCapabilities' && !hasToken(soap)) {
      response
        .writeHead(400)
        .end(
          envelope(
            '<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>Sender not Authorized</s:Text></s:Reason></s:Fault>',
          ),
        );
      return;
    }
    const answers: Record<string, string> = {
      GetCapabilities: `<Capabilities><Media><XAddr>${base}/media</XAddr></Media><PTZ><XAddr>${base}/ptz</XAddr></PTZ></Capabilities>`,
      GetDeviceInformation:
        '<Manufacturer>Kuzet</Manufacturer><Model>Eye</Model><FirmwareVersion>1</FirmwareVersion><SerialNumber>7</SerialNumber>',
      GetProfiles: profile('main', 'JPEG') + profile('sub', 'H264'),
      GetStreamUri: `<MediaUri><Uri>${streamUri}</Uri></MediaUri>`,
      GetSnapshotUri: `<MediaUri><Uri>http://192.0.2.7:${port}/snapshot.jpg?ch=1</Uri></MediaUri>`,
    };
    response.end(envelope(`<${name}Response>${answers[name] ?? ''}</${name}Response>`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/onvif/device_service`,
    calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const profile = (token: string, encoding: string) =>
  `<Profiles token="${token}"><Name>${token}</Name><VideoEncoderConfiguration token="e"><Name>e</Name><Encoding>${encoding}</Encoding><Resolution><Width>640</Width><Height>360</Height></Resolution><Quality>4</Quality><RateControl><FrameRateLimit>25</FrameRateLimit><BitrateLimit>600</BitrateLimit></RateControl></VideoEncoderConfiguration></Profiles>`;

const envelope = (body: string) =>
  `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;

async function text(request: IncomingMessage): Promise<string> {
  let all = '';
  for await (const chunk of request) all += chunk;
  return all;
}

function hasToken(soap: string): boolean {
  const part = (name: string) => new RegExp(`<${name}(?: [^>]*)?>([^<]*)<`).exec(soap)?.[1] ?? '';
  const hash = createHash('sha1')
    .update(Buffer.from(part('Nonce'), 'base64'))
    .update(part('Created'))
    .update(onvifUser.password);
  return part('Username') === onvifUser.username && part('Password') === hash.digest('base64');
}

function isSignedIn({ headers, url }: IncomingMessage): boolean {
  const field = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(headers.authorization ?? '')?.[1] ?? '';
  const md5 = (value: string) => createHash('md5').update(value).digest('hex');
  const a1 = md5(`${onvifUser.username}:cam:${onvifUser.password}`);
  return field('response') === md5(`${a1}:abc:${field('nc')}:${field('cnonce')}:auth:${md5(`GET:${url}`)}`);
}
