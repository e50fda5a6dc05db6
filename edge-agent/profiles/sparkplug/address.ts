export const messageTypes = ['NBIRTH', 'NDATA', 'NDEATH', 'DBIRTH', 'DDATA', 'DDEATH'] as const;
export type MessageType = (typeof messageTypes)[number];

export interface Address {
  type: MessageType;
  /** `group/node`. */
  node: string;
  group: string;
  nodeName: string;
  /** Null: the node itself. */
  device: string | null;
}

const shape = /^spBv1\.0\/([^/]+)\/([ND](?:BIRTH|DATA|DEATH))\/([^/]+)(?:\/([^/]+))?$/;

/** `spBv1.0/{group}/{type}/{node}[/{device}]` of a message with readings or a certificate; null for any other topic. */
export function parseTopic(topic: string): Address | null {
  const [, group, type, nodeName, device = null] = shape.exec(topic) ?? [];
  if (!group || !type || !nodeName || (type.startsWith('D') ? device === null : device !== null)) return null;
  return { type: type as MessageType, node: `${group}/${nodeName}`, group, nodeName, device };
}

/** Of a device in the site file: `spBv1.0/{group}/{node}[/{device}[/{folder of its metrics}]]`. */
export interface DeclaredAddress {
  node: string;
  device: string | null;
  /** Empty, or ending in a slash: the metrics that begin so are its. */
  folder: string;
}

export function parseDeclared(topic: string): DeclaredAddress | null {
  const [root, group, node, device, ...folder] = topic.split('/');
  if (root !== 'spBv1.0' || !group || !node) return null;
  return {
    node: `${group}/${node}`,
    device: device === undefined || device === '' ? null : device,
    folder: folder.length > 0 && folder[0] !== '' ? `${folder.join('/').replace(/\/$/, '')}/` : '',
  };
}
