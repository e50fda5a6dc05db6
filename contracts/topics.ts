/** Topic names. T-rules of contracts/SPEC.md. Levels never hold `+`, `#` or `/`: ids exclude them. */
export const topics = {
  /** A sensor's canonical reading, at the edge agent's broker. */
  reading: (site: string, device: string) => `kuzet/v1/${site}/${device}/reading`,
  readings: 'kuzet/v1/+/+/reading',
  /** A batch from an edge, at the hub's broker. */
  uplink: (edge: string, lane: string) => `kuzet/v1/uplink/${edge}/${lane}`,
  uplinks: 'kuzet/v1/uplink/+/+',
  /** The hub's cumulative acknowledgement to an edge. */
  ack: (edge: string, lane: string) => `kuzet/v1/ack/${edge}/${lane}`,
  acks: (edge: string) => `kuzet/v1/ack/${edge}/+`,
  /** Retained presence of an edge; its last will says `online: false`. */
  edgeStatus: (edge: string) => `kuzet/v1/edge/${edge}/status`,
  edgeStatuses: 'kuzet/v1/edge/+/status',
} as const;

/** Splits `kuzet/v1/{site}/{device}/reading`; null when the topic is another. */
export function parseReadingTopic(topic: string): { site: string; device: string } | null {
  const [root, version, site, device, leaf, ...rest] = topic.split('/');
  if (root !== 'kuzet' || version !== 'v1' || leaf !== 'reading' || rest.length > 0 || !site || !device) return null;
  return { site, device };
}
