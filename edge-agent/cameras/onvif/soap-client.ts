import { randomUUID } from 'node:crypto';
import { type Credentials, createAuthenticator } from '../../video/digest-auth.ts';
import { IntakeError } from '../../video/intake-error.ts';
import { headerText, httpExchange } from './http-exchange.ts';
import { faultOf } from './onvif-error.ts';
import { usernameToken } from './username-token.ts';
import { escapeXml, parseXml, soapBody, type XmlNode } from './xml.ts';

/** `none`: the camera lets everybody in, or there are no credentials. */
export type SignIn = 'none' | 'token' | 'digest';

export interface SoapCall {
  /** As the camera named it; its host is not believed. */
  address: string;
  /** The operation's element; prefixes of `namespaces` are declared. */
  body: string;
  /** Sent as wsa:Action, with wsa:To and a message id. */
  action?: string;
  /** Further header blocks, such as the reference parameters of a subscription. */
  header?: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** False for what a camera answers to everybody (access class PRE_AUTH). */
  signIn?: boolean;
}

export interface SoapAnswer {
  body: XmlNode | undefined;
  /** The whole envelope as it came. */
  xml: string;
}

/** A small SOAP 1.2 client over HTTP for what both libraries get wrong. */
export interface SoapClient {
  /** @throws IntakeError, OnvifFault */
  call(call: SoapCall): Promise<SoapAnswer>;
}

export interface SoapClientOptions {
  /** The device service of the site file: credentials go to its host and port only. */
  deviceAddress: string;
  credentials: Credentials | null;
  signIn: SignIn;
  /** The camera's own time now, epoch ms. */
  cameraNowMs(): number;
}

const maxAnswerBytes = 4_194_304;
const namespaces = [
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope"',
  'xmlns:wsa="http://www.w3.org/2005/08/addressing"',
  'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"',
  'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"',
  'xmlns:tev="http://www.onvif.org/ver10/events/wsdl"',
].join(' ');

export function createSoapClient(options: SoapClientOptions): SoapClient {
  const { deviceAddress, credentials, signIn, cameraNowMs } = options;
  const authenticator = createAuthenticator(signIn === 'digest' ? credentials : null);

  function envelope({ body, action, header = '', signIn: signed = true }: SoapCall, to: string): string {
    const token = signed && signIn === 'token' && credentials ? usernameToken(credentials, cameraNowMs()) : '';
    const addressing = action
      ? `<wsa:Action s:mustUnderstand="1">${action}</wsa:Action><wsa:MessageID>urn:uuid:${randomUUID()}</wsa:MessageID>` +
        `<wsa:ReplyTo><wsa:Address>http://www.w3.org/2005/08/addressing/anonymous</wsa:Address></wsa:ReplyTo>` +
        `<wsa:To s:mustUnderstand="1">${escapeXml(to)}</wsa:To>`
      : '';
    return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope ${namespaces}><s:Header>${token}${addressing}${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
  }

  return {
    async call(call) {
      const url = reachable(call.address, deviceAddress);
      const uri = url.pathname + url.search;
      const action = call.action ? `; action="${call.action}"` : '';
      for (let attempt = 0; ; attempt++) {
        const authorization = call.signIn === false ? null : authenticator.header('POST', uri);
        const text = envelope(call, call.address);
        const answer = await httpExchange({
          method: 'POST',
          url,
          headers: {
            'content-type': `application/soap+xml; charset=utf-8${action}`,
            'content-length': String(Buffer.byteLength(text)),
            ...(authorization && { authorization: headerText(authorization) }),
          },
          body: text,
          timeoutMs: call.timeoutMs,
          maxBytes: maxAnswerBytes,
          what: 'ONVIF answer',
          signal: call.signal,
        });
        if (answer.status === 401) {
          const asked =
            call.signIn === false ? ({ kind: 'refused' } as const) : authenticator.challenge(answer.challenges);
          if (asked.kind === 'retry' && (authorization === null || asked.stale) && attempt < 2) continue;
          throw new IntakeError('credentials', 'camera refused the ONVIF sign-in');
        }
        return read(answer.body.toString('utf8'), answer.status);
      }
    },
  };
}

function read(xml: string, status: number): SoapAnswer {
  if (status !== 200 && !xml.includes('Fault')) {
    throw new IntakeError('refused', `its ONVIF service answered ${status}`);
  }
  const body = soapBody(xml);
  const fault = faultOf(body);
  if (fault) throw fault;
  if (body === undefined) {
    parseXml(xml);
    throw new IntakeError('protocol', 'its ONVIF answer is no SOAP envelope');
  }
  return { body, xml };
}

/**
 * The address that a camera gave, as it is reached from here: behind a translated address cameras name one that nobody
 * can call, and credentials go nowhere but to where the site file says.
 * @throws IntakeError when it is no address.
 */
export function reachable(address: string, deviceAddress: string): URL {
  const device = new URL(deviceAddress);
  if (!URL.canParse(address, deviceAddress)) throw new IntakeError('protocol', 'camera gave an address that is none');
  const url = new URL(address, deviceAddress);
  const elsewhere = url.hostname !== device.hostname;
  url.protocol = device.protocol;
  url.hostname = device.hostname;
  // A service may have a port of its own; behind a translated address only the one in the site file is known to work.
  if (elsewhere || url.port === '') url.port = device.port;
  return url;
}
