import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** An element as fast-xml-parser gives it: text, or children by local name, attributes as `@name`, own text as `#text`. */
export type XmlNode = string | { readonly [name: string]: XmlNode | XmlNode[] | undefined };

export interface SoapRequest {
  /** Local name of the operation, e.g. GetProfiles. */
  operation: string;
  parameters: XmlNode;
  header: XmlNode;
}

/** A SOAP 1.2 fault as an ONVIF device words it (Core specification, 5.11.2). */
export class SoapFault extends Error {
  readonly httpStatus: number;
  readonly code: 's:Sender' | 's:Receiver';
  /** From the outer to the inner, e.g. ter:InvalidArgVal, ter:NoProfile. */
  readonly subcodes: readonly string[];

  constructor(
    reason: string,
    subcodes: readonly string[],
    httpStatus = 400,
    code: 's:Sender' | 's:Receiver' = 's:Sender',
  ) {
    super(reason);
    this.subcodes = subcodes;
    this.httpStatus = httpStatus;
    this.code = code;
  }
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  // Numeric references such as &#38; too.
  htmlEntities: true,
});

/**
 * Reads a SOAP envelope. A document type is refused before parsing, so no entity is ever expanded but the five of XML.
 * @throws SoapFault ter:WellFormed when it is not XML or not an envelope with one operation.
 */
export function parseSoap(text: string): SoapRequest {
  if (/<!DOCTYPE/i.test(text)) throw new SoapFault('A document type is not allowed', ['ter:WellFormed']);
  if (XMLValidator.validate(text) !== true) throw new SoapFault('Not well-formed XML', ['ter:WellFormed']);
  let document: XmlNode;
  try {
    document = parser.parse(text) as XmlNode;
  } catch (cause) {
    throw new SoapFault(`Not readable XML: ${cause instanceof Error ? cause.message : String(cause)}`, [
      'ter:WellFormed',
    ]);
  }
  const envelope = child(document, 'Envelope');
  const body = child(envelope, 'Body');
  const operation = typeof body === 'object' ? Object.keys(body).find((name) => !/^[@#]/.test(name)) : undefined;
  if (operation === undefined) throw new SoapFault('No operation in the body', ['ter:WellFormed']);
  return { operation, parameters: child(body, operation) ?? '', header: child(envelope, 'Header') ?? '' };
}

/** The first element of that path, or undefined. */
export function child(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  let at = node;
  for (const name of path) {
    if (typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    const next: XmlNode | XmlNode[] | undefined = at[name];
    at = Array.isArray(next) ? next[0] : next;
  }
  return at;
}

/** Its text, or an empty string. */
export function textOf(node: XmlNode | undefined, ...path: string[]): string {
  const found = child(node, ...path);
  if (typeof found === 'string') return found;
  const own = child(found, '#text');
  return typeof own === 'string' ? own : '';
}

/** A number, or undefined when there is none. */
export function numberOf(node: XmlNode | undefined, ...path: string[]): number | undefined {
  const text = textOf(node, ...path);
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}

/** xs:duration to milliseconds (days and smaller), or undefined. */
export function durationMs(text: string): number | undefined {
  const found = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (!found || text.length < 3) return undefined;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[^\t\n\r\x20-\uFFFD]/g, '');

const namespaces = [
  'xmlns:s="http://www.w3.org/2003/05/soap-envelope"',
  'xmlns:wsa="http://www.w3.org/2005/08/addressing"',
  'xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2"',
  'xmlns:wsrf-rw="http://docs.oasis-open.org/wsrf/rw-2"',
  'xmlns:wstop="http://docs.oasis-open.org/wsn/t-1"',
  'xmlns:tt="http://www.onvif.org/ver10/schema"',
  'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"',
  'xmlns:trt="http://www.onvif.org/ver10/media/wsdl"',
  'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl"',
  'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl"',
  'xmlns:tev="http://www.onvif.org/ver10/events/wsdl"',
  'xmlns:tns1="http://www.onvif.org/ver10/topics"',
  'xmlns:ter="http://www.onvif.org/ver10/error"',
  'xmlns:xs="http://www.w3.org/2001/XMLSchema"',
].join(' ');

export const soapEnvelope = (body: string, header = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?><s:Envelope ${namespaces}><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;

export function faultBody(fault: SoapFault): string {
  const subcode = fault.subcodes.reduceRight(
    (inner, value) => `<s:Subcode><s:Value>${value}</s:Value>${inner}</s:Subcode>`,
    '',
  );
  return (
    `<s:Fault><s:Code><s:Value>${fault.code}</s:Value>${subcode}</s:Code>` +
    `<s:Reason><s:Text xml:lang="en">${escapeXml(fault.message)}</s:Text></s:Reason></s:Fault>`
  );
}
