import { river, streets } from './astana-geometry.ts';
import type { createCityBuilder, Spot } from './city-builder.ts';
import { along, crossing, type Point } from './geometry.ts';

const origin: Point = [71.43, 51.128];

/** What stands in the open: crossings, squares, the embankment. Measured from Бәйтерек. */
export function planStreets(city: ReturnType<typeof createCityBuilder>): void {
  const open = city.site({
    id: 'qala',
    name: { kk: 'Қала көшелері', ru: 'Улицы города', en: 'City streets' },
    kind: 'city',
    address: { kk: 'Астана', ru: 'Астана', en: 'Astana' },
    district: { kk: 'Барлық аудандар', ru: 'Все районы', en: 'All districts' },
    at: origin,
  });
  const turanSyganaq = crossing(streets.turan, streets.syganaq);
  const mangilikUlyDala = crossing(streets.mangilik, streets.ulyDala);
  const bogenbaiSaryarqa = crossing(streets.bogenbai, streets.saryarqa);
  const respublikaAbai = crossing(streets.respublika, streets.abai);
  const dostyqSquare = along(streets.dostyq, 0.36);
  const embankment: Point = [71.4375, 51.1478];
  const expo: Point = [71.416, 51.089];

  const street = (text: string, en: string) => ({ kk: text, ru: text, en });
  const places: [id: string, name: ReturnType<typeof street>, at: Point][] = [
    ['turan-syganaq', street('Тұран × Сығанақ', 'Turan × Syganaq'), turanSyganaq],
    ['mangilik-ulydala', street('Мәңгілік Ел × Ұлы Дала', 'Mangilik El × Uly Dala'), mangilikUlyDala],
    ['bogenbai-saryarqa', street('Бөгенбай × Сарыарқа', 'Bogenbai × Saryarqa'), bogenbaiSaryarqa],
    ['respublika-abai', street('Республика × Абай', 'Respublika × Abai'), respublikaAbai],
    ['dostyq', { kk: 'Достық алаңы', ru: 'Площадь Достық', en: 'Dostyq square' }, dostyqSquare],
    ['jagalau', { kk: 'Есіл жағалауы', ru: 'Набережная Есіл', en: 'Esil embankment' }, embankment],
    ['expo', { kk: 'ЭКСПО аумағы', ru: 'Территория ЭКСПО', en: 'EXPO grounds' }, expo],
  ];
  for (const [id, name, at] of places) open.zone(id, name, spotOf(at));

  const lights: [zone: string, line: readonly Point[], from: number, to: number, count: number][] = [
    ['turan-syganaq', streets.turan, 0.5, 0.72, 5],
    ['turan-syganaq', streets.syganaq, 0.4, 0.62, 4],
    ['mangilik-ulydala', streets.mangilik, 0.3, 0.62, 6],
    ['mangilik-ulydala', streets.ulyDala, 0.42, 0.66, 5],
    ['bogenbai-saryarqa', streets.bogenbai, 0.18, 0.5, 4],
    ['respublika-abai', streets.respublika, 0.25, 0.8, 5],
    ['dostyq', streets.dostyq, 0.2, 0.7, 4],
  ];
  for (const [zone, line, from, to, count] of lights) {
    const spots = Array.from({ length: count }, (_, i) => spotOf(along(line, from + ((to - from) * i) / (count - 1))));
    open.devices('streetLight', zone, spots);
  }
  for (const [zone, , at] of places.filter(([id]) => id !== 'jagalau')) open.devices('air', zone, [near(at, 12, 8)]);
  open.devices('waterLevel', 'jagalau', [spotOf(river[10]!), spotOf(river[12]!)]);
  open.devices('weather', 'jagalau', [near(embankment, -40, -20)]);
  open.devices('weather', 'expo', [near(expo, 30, 20)]);
  for (const [zone, , at] of places) open.devices('power', zone, [near(at, -18, 14)]);
  open.devices('gas', 'dostyq', [near(dostyqSquare, 30, -10)]);
  open.devices('zigbeeLeak', 'dostyq', [near(dostyqSquare, 34, -12)]);
  open.devices('leak', 'respublika-abai', [near(respublikaAbai, 22, -16)]);

  open.camera({
    id: 'K-0412',
    name: street('Тұран × Сығанақ', 'Turan × Syganaq'),
    zoneId: 'turan-syganaq',
    spot: near(turanSyganaq, 16, -14),
    bearingDeg: 15,
    fovDeg: 72,
    ptz: true,
  });
  open.camera({
    id: 'K-0267',
    name: street('Мәңгілік Ел × Ұлы Дала', 'Mangilik El × Uly Dala'),
    zoneId: 'mangilik-ulydala',
    spot: near(mangilikUlyDala, -15, 12),
    bearingDeg: 140,
    fovDeg: 74,
  });
  open.camera({
    id: 'K-0118',
    name: { kk: 'Достық алаңы', ru: 'Площадь Достық', en: 'Dostyq square' },
    zoneId: 'dostyq',
    spot: near(dostyqSquare, 20, 22),
    bearingDeg: 205,
    fovDeg: 82,
  });
  open.camera({
    id: 'K-0075',
    name: street('Бөгенбай × Сарыарқа', 'Bogenbai × Saryarqa'),
    zoneId: 'bogenbai-saryarqa',
    spot: near(bogenbaiSaryarqa, 14, 14),
    bearingDeg: 230,
    fovDeg: 70,
  });
  open.camera({
    id: 'K-0342',
    name: { kk: 'Есіл жағалауы', ru: 'Набережная Есіл', en: 'Esil embankment' },
    zoneId: 'jagalau',
    spot: near(embankment, 0, 10),
    bearingDeg: 300,
    fovDeg: 78,
  });
}

const metresPerDegree = 111_320;
const spotOf = ([lon, lat]: Point): Spot => [
  (lon - origin[0]) * metresPerDegree * Math.cos((origin[1] * Math.PI) / 180),
  (lat - origin[1]) * metresPerDegree,
];
const near = (at: Point, eastM: number, northM: number): Spot => {
  const [east, north] = spotOf(at);
  return [east + eastM, north + northM];
};
