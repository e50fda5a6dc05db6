import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { IntakeError } from '../../video/intake-error.ts';

/** An element: its text, or children by local name, attributes as `@name`, own text as `#text`. */
export type XmlNode = string | { readonly [name: string]: XmlNode | XmlNode[] | undefined };

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  // "007" is a token and no number; "true" is whatever the one who asked takes it for.
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  // Numeric references such as &#38; too.
  htmlEntities: true,
});

/**
 * Reads what a camera sent. A document type is refused before parsing, so no entity is expanded but the five of XML.
 * @throws IntakeError `protocol`
 */
export function parseXml(text: string): XmlNode {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) {
    throw new IntakeError('protocol', 'its ONVIF answer is not XML');
  }
  try {
    return parser.parse(text) as XmlNode;
  } catch {
    // What the parser says holds the camera's own text.
    throw new IntakeError('protocol', 'its ONVIF answer cannot be read');
  }
}

/** The first element of that path, or undefined. */
export function child(node: XmlNode | undefined, ...path: string[]): XmlNode | undefined {
  let at = node;
  for (const name of path) at = children(at, name)[0];
  return at;
}

/** All children of that name. */
export function children(node: XmlNode | undefined, name: string): XmlNode[] {
  if (typeof node !== 'object' || !Object.hasOwn(node, name)) return [];
  const found: XmlNode | XmlNode[] | undefined = node[name];
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

/** Its text, or an empty string. */
export function textOf(node: XmlNode | undefined, ...path: string[]): string {
  const found = child(node, ...path);
  if (typeof found === 'string') return found;
  const own = child(found, '#text');
  return typeof own === 'string' ? own : '';
}

/** A number, or null when there is none. */
export function numberOf(node: XmlNode | undefined, ...path: string[]): number | null {
  const text = textOf(node, ...path);
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? null : value;
}

/** xs:dateTime with any zone to epoch ms; null when it is none. */
export function timeOf(node: XmlNode | undefined, ...path: string[]): number | null {
  const value = Date.parse(textOf(node, ...path));
  return Number.isFinite(value) ? value : null;
}

export const escapeXml = (text: string): string =>
  text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`).replace(/[^\t\n\r\x20-\uFFFD]/g, '');

/** What stands in the body of a SOAP envelope. @throws IntakeError `protocol` */
export const soapBody = (xml: string): XmlNode | undefined => child(parseXml(xml), 'Envelope', 'Body');
