import type { Position } from '@kuzet/contracts/common.ts';
import type { MetricValue } from '@kuzet/contracts/device.ts';
import type { AlarmCondition, IncidentType, Priority } from '@kuzet/contracts/incident.ts';
import type { Site, Zone } from '@kuzet/contracts/site-file.ts';
import type { EdgeStatus, Inventory } from '@kuzet/contracts/uplink.ts';
import type { Column, Rows } from '../store/database.ts';

/** What ingest needs of the rest of the hub; app.ts passes the real thing. */
export interface Queryable {
  query<T extends Record<string, unknown> = Record<string, unknown>>(
    sql: string,
    params?: readonly unknown[],
  ): Promise<T[]>;
}
export interface Transaction extends Queryable {
  append(rows: Rows): Promise<void>;
}
export interface Database extends Queryable {
  rows(table: string, columns: readonly Column[]): Rows;
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
}

/** A row of kuzet.alarms as it stood when the event happened. */
export interface AlarmRow {
  id: string;
  deviceId: string;
  condition: AlarmCondition;
  priority: Priority;
  metric: string;
  value: MetricValue;
  peakValue: MetricValue;
  raisedAt: Date;
  clearedAt: Date | null;
  acknowledged: boolean;
  /** Null until the incident book has joined it to one; in the same batch a `cleared` may still carry null. */
  incidentId: string | null;
}
/** `incidentType` null: an alarm without an incident. */
export interface AlarmEvent {
  kind: 'raised' | 'cleared';
  alarm: AlarmRow;
  incidentType: IncidentType | null;
  site: Site | null;
  zone: Zone | null;
  position: Position;
}
export interface IncidentBook {
  applyAlarms(tx: Transaction, events: AlarmEvent[]): Promise<{ incidentIds: string[]; dispatchQueued: boolean }>;
}

export interface DeadLetterRow {
  edgeId: string;
  at: Date;
  topic: string;
  reason: string;
  payload: Uint8Array;
  payloadBytes: number;
}
export interface DeadLetters {
  add(q: Queryable, letters: readonly DeadLetterRow[]): Promise<void>;
}
export interface InventoryBook {
  apply(
    q: Queryable,
    edgeId: string,
    inventory: Inventory,
    at: Date,
  ): Promise<{ devices: string[]; cameras: string[] }>;
}
export interface Edges {
  setStatus(status: EdgeStatus, at: Date): Promise<void>;
  markAllOffline(at: Date): Promise<void>;
  dependants(edgeId: string): Promise<{ devices: string[]; cameras: string[] }>;
}
export interface BrokerClient {
  subscribe(filter: string, handle: (topic: string, payload: Buffer) => void): Promise<void>;
  publish(topic: string, payload: string | Buffer): Promise<void>;
}

/** What a commit changed, for screens and the dispatch worker. */
export interface Effects {
  incidents?: Iterable<string>;
  devices?: Iterable<string>;
  cameras?: Iterable<string>;
  inventory?: boolean;
  edges?: Iterable<string>;
  deadLetters?: number;
  /** Alarms without an incident came, went or were acknowledged. */
  faults?: boolean;
  dispatchQueued?: boolean;
}
