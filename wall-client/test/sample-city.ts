import type { Camera } from '@kuzet/contracts/camera.ts';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { Device } from '@kuzet/contracts/device.ts';
import type { Dispatch } from '@kuzet/contracts/dispatch.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import type { LiveSnapshot } from '@kuzet/contracts/live.ts';

/** A small invented city for browser tests: cameras, a weather station, a mall that burns when told to. */
const t = (kk: string, ru: string, en: string): LocalizedText => ({ kk, ru, en });
export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

const cameraPlaces: [string, LocalizedText, number, number, number][] = [
  ['K-0412', t('Тұран × Сығанақ', 'Тұран × Сығанақ', 'Turan × Syganaq'), 71.4035, 51.1263, 200],
  ['K-0267', t('Мәңгілік Ел × Ұлы Дала', 'Мәңгілік Ел × Ұлы Дала', 'Mangilik El × Uly Dala'), 71.4262, 51.0946, 40],
  ['K-0118', t('Достық саябағы', 'Парк Достық', 'Dostyq Park'), 71.425, 51.1272, 120],
  ['K-0031', t('Республика × Абай', 'Республика × Абай', 'Respublika × Abai'), 71.4282, 51.1678, 300],
  ['K-0075', t('Бөгенбай × Сарыарқа', 'Бөгенбай × Сарыарқа', 'Bogenbai × Saryarqa'), 71.4065, 51.1755, 60],
  ['K-0530', t('Нұрлы жол вокзалы', 'Вокзал Нұрлы жол', 'Nurly Jol station'), 71.531, 51.112, 250],
  ['K-1043', t('Аққу, бас кіреберіс', 'Аққу, главный вход', 'Aqqu, main entrance'), 71.4127, 51.0972, 50],
  ['K-1044', t('Атриум 3', 'Атриум 3', 'Atrium 3'), 71.4146, 51.0989, 230],
  ['K-1045', t('Тұрақ', 'Парковка', 'Car park'), 71.4149, 51.0969, 320],
  ['K-1046', t('Фуд-корт', 'Фудкорт', 'Food court'), 71.4131, 51.1001, 170],
];

export const cameras = (): Camera[] =>
  cameraPlaces.map(([id, name, lon, lat, bearingDeg], i) => ({
    id,
    siteId: i < 6 ? 'city' : 'aqqu',
    zoneId: null,
    name,
    position: { lon, lat },
    bearingDeg,
    fovDeg: 70,
    ptz: false,
    state: 'live',
    lastFrameAt: ago(0),
    lastError: null,
  }));

const weather = (): Device => ({
  id: 'weather-1',
  siteId: 'city',
  zoneId: null,
  kind: 'weather-station',
  name: t('Метеостанция', 'Метеостанция', 'Weather station'),
  position: { lon: 71.43, lat: 51.128 },
  metrics: [{ name: 'temperature', unit: 'Cel' }],
  state: 'online',
  lastSeenAt: ago(1),
  latest: {
    temperature: { value: -14, observedAt: ago(20) },
    windSpeed: { value: 6, observedAt: ago(20) },
    windBearing: { value: 230, observedAt: ago(20) },
  },
});

const sensors = (): Device[] =>
  Array.from({ length: 60 }, (_, i) => ({
    ...weather(),
    id: `air-${i}`,
    kind: 'air-quality' as const,
    name: t('Ауа датчигі', 'Датчик воздуха', 'Air sensor'),
    position: { lon: 71.37 + ((i * 37) % 160) / 1000, lat: 51.07 + ((i * 53) % 115) / 1000 },
    state: i % 17 === 3 ? ('silent' as const) : ('online' as const),
    latest: {},
  }));

const dispatch = (service: string, agency: LocalizedText, change: Partial<Dispatch>): Dispatch => ({
  id: `D-${service}`,
  incidentId: 'INC-2026-000123',
  agencyId: `a${service}`,
  service,
  agencyName: agency,
  state: 'accepted',
  drill: false,
  queuedAt: ago(240),
  sentAt: ago(239),
  deliveredAt: ago(238),
  acceptedAt: ago(200),
  acceptedBy: 'Д. Ахметов',
  rejectedAt: null,
  completedAt: null,
  failedAt: null,
  reason: null,
  progress: null,
  unit: null,
  etaAt: null,
  onSceneAt: null,
  acceptBy: ago(180),
  overdue: false,
  attempts: 1,
  lastError: null,
  nextAttemptAt: null,
  ...change,
});

const unaccepted = { state: 'delivered', acceptedAt: null, acceptedBy: null } as const;

/** The mall fire of the mock-ups: one service on the way, one there, one that does not answer, one that accepted. */
export const mallFire = (change: Partial<Incident> = {}): Incident => ({
  id: 'INC-2026-000123',
  type: 'fire',
  priority: 'critical',
  severity: 'extreme',
  state: 'dispatched',
  drill: false,
  siteId: 'aqqu',
  zoneId: 'aqqu-3',
  siteName: t('«Аққу» сауда орталығы', 'ТРЦ «Аққу»', 'Aqqu mall'),
  zoneName: t('3-қабат', '3 этаж', '3rd floor'),
  address: t('Ұлы Дала 214', 'Ұлы Дала 214', '214 Uly Dala'),
  district: t('Есіл ауданы', 'Есильский район', 'Esil district'),
  position: { lon: 71.4137, lat: 51.0981 },
  description: null,
  source: 'alarm',
  openedAt: ago(277),
  acknowledgedAt: ago(260),
  acknowledgedBy: 'Ә. Сәрсен',
  assignee: 'Ә. Сәрсен',
  dispatchedAt: ago(240),
  onSceneAt: null,
  resolvedAt: null,
  closedAt: null,
  disposition: null,
  updatedAt: ago(1),
  version: 7,
  alarms: [],
  cameras: [
    { id: 'K-1043', distanceM: 60, bearingDeg: 220 },
    { id: 'K-1044', distanceM: 104, bearingDeg: 35 },
    { id: 'K-1045', distanceM: 156, bearingDeg: 148 },
    { id: 'K-1046', distanceM: 226, bearingDeg: 350 },
  ],
  dispatches: [
    dispatch('101', t('Өрт сөндіру', 'Пожарная охрана', 'Fire service'), {
      progress: 'en-route',
      unit: 'АЦ-14',
      etaAt: ago(-130),
    }),
    dispatch('102', t('Полиция', 'Полиция', 'Police'), { progress: 'on-scene', unit: 'П-207', onSceneAt: ago(60) }),
    dispatch('103', t('Жедел жәрдем', 'Скорая помощь', 'Ambulance'), { ...unaccepted, overdue: true }),
    dispatch('104', t('Газ қызметі', 'Газовая служба', 'Gas service'), { etaAt: ago(-400) }),
  ],
  steps: [],
  timeline: [],
  ...change,
});

export const highIncident = (change: Partial<Incident> = {}): Incident =>
  mallFire({
    id: 'INC-2026-000124',
    type: 'intrusion',
    priority: 'high',
    severity: 'severe',
    siteName: t('Нұрлы Жол вокзалы', 'Вокзал Нұрлы Жол', 'Nurly Jol station'),
    zoneName: t('Қойма', 'Склад', 'Store'),
    address: t('Мирзоян 1', 'Мирзоян 1', '1 Mirzoyan'),
    position: { lon: 71.529, lat: 51.113 },
    cameras: [{ id: 'K-0530', distanceM: 80, bearingDeg: 100 }],
    dispatches: [],
    openedAt: ago(95),
    ...change,
  });

export const routine = (id: string, site: LocalizedText, lon: number, lat: number): Incident =>
  highIncident({
    id,
    type: 'other',
    priority: 'routine',
    severity: 'minor',
    siteName: site,
    position: { lon, lat },
    cameras: [],
  });

export function sampleSnapshot(): LiveSnapshot {
  return {
    incident: [
      routine('INC-2026-000101', t('ЖКО', 'ТЭЦ', 'Heating plant'), 71.4285, 51.1765),
      routine('INC-2026-000102', t('Су құбыры', 'Водопровод', 'Water main'), 71.472, 51.1145),
      routine('INC-2026-000103', t('Бағдаршам', 'Светофор', 'Traffic light'), 71.3995, 51.1205),
    ],
    device: [weather(), ...sensors()],
    camera: cameras(),
    site: [],
    zone: [],
    agency: [],
    wall: [
      {
        id: 'main',
        name: t('Негізгі қабырға', 'Главная стена', 'Main wall'),
        languages: ['kk', 'ru'],
        screens: [{ id: '1', tiles: ['K-0412', 'K-0267', 'K-0118', 'K-0031', 'K-0075', 'K-0530'] }],
        show: {},
        updatedAt: ago(1000),
      },
    ],
    edge: [],
    system: [
      {
        id: 'hub',
        version: '0.1.0',
        startedAt: ago(90_000),
        demo: true,
        database: 'PGlite',
        deadLetters: 0,
        alarmsLast10Min: 1,
        faults: 0,
        faultsUnacknowledged: 0,
        camerasInFault: 0,
        closedLast12h: 4,
        lastClosedAt: ago(15_900),
      },
    ],
  };
}
