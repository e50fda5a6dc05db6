/** The demo city's agencies and wall: the defaults of config/server.yaml, which a city of its own replaces. */
const receiver = (service: string) => ({
  channel: 'webhook' as const,
  endpoint: `http://127.0.0.1:8090/receivers/${service}/webhook`,
  drillEndpoint: `http://127.0.0.1:8090/receivers/${service}/drill`,
  format: 'kuzet' as const,
  enabled: true,
});

export const demoAgencies = [
  {
    id: '101',
    service: '101',
    name: { kk: 'Өрт сөндіру қызметі', ru: 'Пожарная служба', en: 'Fire service' },
    ...receiver('101'),
    autoDispatch: ['fire', 'gas'],
    acceptWithinS: 60,
  },
  {
    id: '102',
    service: '102',
    name: { kk: 'Полиция', ru: 'Полиция', en: 'Police' },
    channel: 'desk' as const,
    endpoint: null,
    drillEndpoint: null,
    format: 'kuzet' as const,
    autoDispatch: ['fire', 'intrusion'],
    acceptWithinS: 60,
    enabled: true,
  },
  {
    id: '103',
    service: '103',
    name: { kk: 'Жедел жәрдем', ru: 'Скорая помощь', en: 'Ambulance' },
    ...receiver('103'),
    autoDispatch: ['fire'],
    acceptWithinS: 60,
  },
  {
    id: '104',
    service: '104',
    name: { kk: 'Газ қызметі', ru: 'Газовая служба', en: 'Gas service' },
    ...receiver('104'),
    autoDispatch: ['gas'],
    acceptWithinS: 120,
  },
];

export const demoWalls = [
  {
    id: 'main',
    name: { kk: 'Негізгі қабырға', ru: 'Главная стена', en: 'Main wall' },
    languages: ['kk' as const, 'ru' as const],
    screens: [
      { id: '1', tiles: [] as string[] },
      { id: '2', tiles: [] as string[] },
    ],
  },
];
