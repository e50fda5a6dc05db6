import { topics } from '@kuzet/contracts/topics.ts';
import type { UplinkAck } from '@kuzet/contracts/uplink.ts';
import type { BrokerClient } from './ports.ts';

/**
 * Tells an edge how far it is safe to forget. An acknowledgement that does not arrive costs nothing: the edge sends the
 * batch again, and the answer to a replay is the same acknowledgement.
 */
export function createAckSender(client: Pick<BrokerClient, 'publish'>): (ack: UplinkAck) => Promise<void> {
  return (ack) => client.publish(topics.ack(ack.edge, ack.lane), JSON.stringify(ack));
}
