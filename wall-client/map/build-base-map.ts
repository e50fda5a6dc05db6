/**
 * Writes public/map/astana.geojson: our own schematic of Astana. Coordinates are facts, three decimals (about 100 m),
 * reduced to the fewest points that keep the shape; street geometry simplified from © OpenStreetMap contributors, ODbL.
 * Run: npx tsx wall-client/map/build-base-map.ts
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LocalizedText } from '@kuzet/contracts/common.ts';
import { readBaseMap } from './base-map.ts';
import { type LonLat, smoothLine } from './map-geometry.ts';
import { streetLines } from './street-texture.ts';

const points = (text: string): LonLat[] =>
  text
    .trim()
    .split(/\s+/)
    .map((pair) => pair.split(',').map(Number) as LonLat);
const names = (kk: string, ru: string, en: string): LocalizedText => ({ kk, ru, en });

const districts: { name: LocalizedText; label: LonLat; outline: LonLat[] }[] = [
  {
    name: names('Сарыарқа', 'Сарыарка', 'Saryarqa'),
    label: [71.345, 51.1795],
    outline: points(`71.303,51.236 71.260,51.246 71.237,51.209 71.252,51.190 71.292,51.189 71.311,51.182 71.354,51.165
      71.395,51.163 71.407,51.157 71.422,51.160 71.428,51.153 71.424,51.177 71.447,51.184 71.303,51.236`),
  },
  {
    name: names('Байқоңыр', 'Байконур', 'Baiqonyr'),
    label: [71.478, 51.1805],
    outline: points(`71.397,51.274 71.385,51.302 71.356,51.298 71.366,51.271 71.335,51.267 71.303,51.236 71.447,51.184
      71.424,51.177 71.428,51.152 71.439,51.148 71.485,51.168 71.506,51.183 71.529,51.179 71.541,51.189 71.583,51.203 71.574,51.220
      71.619,51.249 71.594,51.277 71.551,51.243 71.472,51.263 71.498,51.284 71.498,51.290 71.476,51.286 71.450,51.272
      71.428,51.275 71.400,51.267 71.397,51.274`),
  },
  {
    name: names('Нұра', 'Нура', 'Nura'),
    label: [71.345, 51.146],
    outline: points(`71.428,51.152 71.422,51.160 71.407,51.157 71.395,51.163 71.354,51.165 71.293,51.189 71.274,51.188
      71.271,51.183 71.282,51.179 71.253,51.176 71.254,51.158 71.243,51.158 71.236,51.150 71.236,51.133 71.226,51.114
      71.218,51.111 71.245,51.068 71.256,51.064 71.255,51.049 71.286,51.022 71.318,51.024 71.381,51.013 71.382,51.032
      71.414,51.133 71.428,51.152`),
  },
  {
    name: names('Алматы', 'Алматы', 'Almaty'),
    label: [71.524, 51.1595],
    outline: points(`71.612,51.191 71.583,51.203 71.541,51.189 71.529,51.179 71.512,51.183 71.505,51.184 71.485,51.168
      71.439,51.148 71.447,51.131 71.487,51.126 71.519,51.135 71.534,51.153 71.553,51.145 71.705,51.113 71.715,51.131
      71.689,51.140 71.645,51.140 71.621,51.188 71.612,51.191`),
  },
  {
    name: names('Сарайшық', 'Сарайшык', 'Saraishyq'),
    label: [71.531, 51.1205],
    outline: points(`71.705,51.113 71.553,51.145 71.534,51.153 71.519,51.135 71.485,51.126 71.447,51.131 71.452,51.126
      71.446,51.120 71.453,51.108 71.481,51.101 71.556,51.100 71.608,51.091 71.615,51.100 71.679,51.085 71.685,51.093
      71.699,51.089 71.726,51.104 71.739,51.098 71.741,51.105 71.705,51.113`),
  },
  {
    name: names('Есіл', 'Есиль', 'Esil'),
    label: [71.482, 51.071],
    outline: points(`71.488,51.100 71.452,51.108 71.446,51.120 71.452,51.126 71.440,51.147 71.428,51.152 71.414,51.133
      71.382,51.032 71.381,51.022 71.381,51.013 71.454,51.001 71.452,50.983 71.456,50.983 71.451,50.960 71.463,50.958 71.461,50.947
      71.469,50.946 71.472,50.938 71.483,50.940 71.487,50.931 71.547,50.931 71.554,50.968 71.537,50.988 71.537,51.007
      71.556,51.015 71.540,51.048 71.556,51.049 71.608,51.091 71.525,51.104 71.488,51.100`),
  },
];

const river = points(`71.293,51.189 71.301,51.184 71.318,51.180 71.328,51.174 71.343,51.172 71.354,51.165 71.395,51.163
  71.401,51.159 71.407,51.157 71.423,51.160 71.429,51.151 71.437,51.149 71.441,51.145 71.442,51.140 71.448,51.130
  71.452,51.126 71.446,51.120 71.450,51.115 71.451,51.110 71.454,51.107 71.472,51.105 71.480,51.101 71.489,51.100
  71.499,51.103 71.512,51.100 71.525,51.104 71.587,51.097 71.608,51.091`);

/** `short` is what stands on the line: street names stay Kazakh in Russian. `rank` 1 keeps its name in the city view. */
const avenues: { name: LocalizedText; short: LocalizedText; rank: 1 | 2; line: LonLat[] }[] = [
  {
    name: names('Қабанбай Батыр даңғылы', 'пр. Кабанбай батыра', 'Qabanbai Batyr Avenue'),
    short: names('Қабанбай батыр', 'Қабанбай батыр', 'Qabanbai Batyr'),
    rank: 1,
    line: points('71.431,51.154 71.424,51.148 71.417,51.138 71.410,51.111 71.396,51.071 71.463,51.029'),
  },
  {
    name: names('Тұран даңғылы', 'пр. Туран', 'Turan Avenue'),
    short: names('Тұран', 'Тұран', 'Turan'),
    rank: 1,
    line: points('71.395,51.071 71.390,51.074 71.388,51.081 71.405,51.129 71.411,51.159'),
  },
  {
    name: names('Мәңгілік Ел даңғылы', 'пр. Мангилик Ел', 'Mangilik El Avenue'),
    short: names('Мәңгілік Ел', 'Мәңгілік Ел', 'Mangilik El'),
    rank: 1,
    line: points('71.414,51.059 71.442,51.137'),
  },
  {
    name: names('Сығанақ көшесі', 'ул. Сыганак', 'Syganaq Street'),
    short: names('Сығанақ', 'Сығанақ', 'Syganaq'),
    rank: 1,
    line: points('71.360,51.133 71.443,51.121'),
  },
  {
    name: names('Ұлы Дала даңғылы', 'пр. Улы Дала', 'Uly Dala Avenue'),
    short: names('Ұлы Дала', 'Ұлы Дала', 'Uly Dala'),
    rank: 1,
    line: points('71.351,51.107 71.476,51.087 71.487,51.088 71.502,51.096 71.508,51.101'),
  },
  {
    name: names('Бөгенбай Батыр даңғылы', 'пр. Богенбай батыра', 'Bogenbai Batyr Avenue'),
    short: names('Бөгенбай батыр', 'Бөгенбай батыр', 'Bogenbai Batyr'),
    rank: 1,
    line: points('71.390,51.177 71.404,51.175 71.438,51.179'),
  },
  {
    name: names('Республика даңғылы', 'пр. Республики', 'Respublika Avenue'),
    short: names('Республика', 'Республика', 'Respublika'),
    rank: 2,
    line: points('71.421,51.191 71.431,51.154'),
  },
  {
    name: names('Абай даңғылы', 'пр. Абая', 'Abai Avenue'),
    short: names('Абай', 'Абай', 'Abai'),
    rank: 1,
    line: points('71.400,51.165 71.447,51.170 71.472,51.163'),
  },
  {
    name: names('Сарыарқа даңғылы', 'пр. Сарыарка', 'Saryarqa Avenue'),
    short: names('Сарыарқа', 'Сарыарқа', 'Saryarqa'),
    rank: 2,
    line: points('71.406,51.178 71.412,51.154 71.412,51.147 71.406,51.130'),
  },
  {
    name: names('Тәуелсіздік даңғылы', 'пр. Тауелсиздик', 'Tauelsizdik Avenue'),
    short: names('Тәуелсіздік', 'Тәуелсіздік', 'Tauelsizdik'),
    rank: 1,
    line: points('71.454,51.154 71.470,51.132 71.470,51.127 71.463,51.110'),
  },
  {
    name: names('Достық көшесі', 'ул. Достык', 'Dostyq Street'),
    short: names('Достық', 'Достық', 'Dostyq'),
    rank: 2,
    line: points('71.407,51.130 71.443,51.124'),
  },
  {
    name: names('Жеңіс даңғылы', 'пр. Женис', 'Jengis Avenue'),
    short: names('Жеңіс', 'Жеңіс', 'Jengis'),
    rank: 2,
    line: points('71.407,51.191 71.415,51.160'),
  },
  {
    name: names('Кенесары көшесі', 'ул. Кенесары', 'Kenesary Street'),
    short: names('Кенесары', 'Кенесары', 'Kenesary'),
    rank: 2,
    line: points('71.397,51.160 71.441,51.167 71.450,51.167 71.468,51.161'),
  },
  {
    name: names('Қонаев көшесі', 'ул. Кунаева', 'Qonaev Street'),
    short: names('Қонаев', 'Қонаев', 'Qonaev'),
    rank: 2,
    line: points('71.407,51.134 71.439,51.129'),
  },
  {
    name: names('Хусейн бен Талал көшесі', 'ул. Хусейн бен Талал', 'Hussein bin Talal Street'),
    short: names('Хусейн бен Талал', 'Хусейн бен Талал', 'Hussein bin Talal'),
    rank: 2,
    line: points('71.389,51.084 71.436,51.077'),
  },
  {
    name: names('Керей Және Жәнібек Хандар көшесі', 'ул. Керей и Жанибек хандар', 'Kerei and Janibek Khans Street'),
    short: names('Керей, Жәнібек хандар', 'Керей, Жәнібек хандар', 'Kerei, Janibek Khans'),
    rank: 2,
    line: points('71.401,51.118 71.440,51.112 71.464,51.099 71.478,51.094'),
  },
  {
    name: names('Абылай Хан даңғылы', 'пр. Абылай хана', 'Abylai Khan Avenue'),
    short: names('Абылай хан', 'Абылай хан', 'Abylai Khan'),
    rank: 1,
    line: points('71.468,51.161 71.529,51.138'),
  },
];

const landmarks: { name: LocalizedText; at: LonLat }[] = [
  { name: names('Бәйтерек', 'Байтерек', 'Baiterek'), at: [71.43, 51.128] },
  { name: names('Хан Шатыр', 'Хан Шатыр', 'Khan Shatyr'), at: [71.404, 51.133] },
  { name: names('Ақ Орда', 'Ак Орда', 'Aq Orda'), at: [71.446, 51.126] },
  { name: names('ЭКСПО', 'ЭКСПО', 'EXPO'), at: [71.416, 51.089] },
  { name: names('Нұрлы Жол вокзалы', 'вокзал Нурлы Жол', 'Nurly Jol station'), at: [71.531, 51.112] },
  { name: names('Астана-1 вокзалы', 'вокзал Астана-1', 'Astana-1 station'), at: [71.409, 51.19] },
  { name: names('Орталық саябақ', 'Центральный парк', 'Central Park'), at: [71.42, 51.157] },
];

const round = (line: LonLat[]): LonLat[] => line.map(([lon, lat]) => [+lon.toFixed(4), +lat.toFixed(4)]);

/** The whole schematic as GeoJSON; `kind` in the properties says what a feature is. */
export function baseMapGeoJson() {
  const drawn = surveyed();
  const streets = streetLines(readBaseMap(drawn)).map(round);
  return {
    ...drawn,
    features: [
      ...drawn.features,
      {
        type: 'Feature' as const,
        properties: { kind: 'streets' as const, name: names('көше торы', 'сетка улиц', 'street grid') },
        geometry: { type: 'MultiLineString' as const, coordinates: streets },
      },
    ],
  };
}

function surveyed() {
  return {
    type: 'FeatureCollection' as const,
    name: 'Astana, schematic',
    attribution: 'Street geometry simplified from © OpenStreetMap contributors, ODbL; schematic',
    features: [
      ...districts.map(({ name, label, outline }) => ({
        type: 'Feature' as const,
        properties: { kind: 'district' as const, name, label },
        geometry: { type: 'Polygon' as const, coordinates: [outline] },
      })),
      {
        type: 'Feature' as const,
        properties: { kind: 'river' as const, name: names('Есіл', 'Есиль', 'Yesil') },
        geometry: { type: 'LineString' as const, coordinates: round(smoothLine(river, 6)) },
      },
      ...avenues.map(({ name, short, rank, line }) => ({
        type: 'Feature' as const,
        properties: { kind: 'avenue' as const, name, short, rank },
        geometry: { type: 'LineString' as const, coordinates: round(smoothLine(line, 5, 0.35)) },
      })),
      ...landmarks.map(({ name, at }) => ({
        type: 'Feature' as const,
        properties: { kind: 'landmark' as const, name },
        geometry: { type: 'Point' as const, coordinates: at },
      })),
    ],
  };
}

/** One feature a line: a diff then shows what moved. */
export function baseMapFile(): string {
  const { features, ...head } = baseMapGeoJson();
  const lines = features.map((feature) => `    ${JSON.stringify(feature)}`).join(',\n');
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "features": [\n${lines}\n  ]\n}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../public/map/astana.geojson', import.meta.url), baseMapFile());
}
