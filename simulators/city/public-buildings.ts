import { type createCityBuilder, grid, type SiteBuilder, type Spot } from './city-builder.ts';

type City = ReturnType<typeof createCityBuilder>;

/** Stations, park, school, office tower and hospital. Real places carry invented devices; the rest is invented. */
export function planPublicBuildings(city: City): void {
  planNurlyJol(city);
  planAstana1(city);
  planPark(city);
  planSchool(city);
  planTower(city);
  planHospital(city);
}

function planNurlyJol(city: City): void {
  const station = city.site({
    id: 'nurly-jol',
    name: { kk: 'Нұрлы Жол вокзалы', ru: 'Вокзал Нұрлы Жол', en: 'Nurly Jol railway station' },
    kind: 'station',
    address: { kk: 'Нұрлы Жол вокзалының алаңы', ru: 'Площадь вокзала Нұрлы Жол', en: 'Nurly Jol station square' },
    at: [71.531, 51.112],
  });
  station.zone('hall', { kk: 'Күту залы', ru: 'Зал ожидания', en: 'Waiting hall' }, [0, 0, 2]);
  station.zone('tickets', { kk: 'Билет кассалары', ru: 'Билетные кассы', en: 'Ticket offices' }, [-45, 0, 1]);
  station.zone('platforms', { kk: 'Платформалар', ru: 'Платформы', en: 'Platforms' }, [0, 70]);
  station.zone('square', { kk: 'Вокзал алаңы', ru: 'Привокзальная площадь', en: 'Station square' }, [0, -90]);
  fireLoop(station, 'hall', [0, 0, 2], 3);
  station.devices('smoke', 'tickets', grid([-45, 0, 1], 2, 1, 14));
  station.devices('callPoint', 'tickets', [[-50, -6, 1]]);
  station.devices('heat', 'tickets', [[-40, 6, 1]]);
  station.devices('zigbeeDoor', 'hall', [[10, -22, 2]]);
  station.devices('door', 'platforms', [[24, 30, 1]]);
  station.devices('air', 'square', [[12, -80]]);
  station.devices('zigbeeAir', 'hall', [[4, 4, 2]]);
  station.devices('power', 'platforms', [[40, 40]]);
  station.devices('streetLight', 'square', grid([0, -90], 2, 1, 40));
  station.camera({
    id: 'K-0530',
    name: { kk: 'Нұрлы Жол вокзалы', ru: 'Вокзал Нұрлы Жол', en: 'Nurly Jol station' },
    zoneId: 'square',
    spot: [20, -110],
    bearingDeg: 350,
    fovDeg: 76,
  });
}

function planAstana1(city: City): void {
  const station = city.site({
    id: 'astana-1',
    name: { kk: 'Астана-1 вокзалы', ru: 'Вокзал Астана-1', en: 'Astana-1 railway station' },
    kind: 'station',
    address: { kk: 'Астана-1 вокзалының алаңы', ru: 'Площадь вокзала Астана-1', en: 'Astana-1 station square' },
    at: [71.409, 51.19],
  });
  station.zone('hall', { kk: 'Орталық зал', ru: 'Центральный зал', en: 'Main hall' }, [0, 0, 1]);
  station.zone('luggage', { kk: 'Жүк сақтау бөлмесі', ru: 'Камера хранения', en: 'Left luggage' }, [30, 5, -1]);
  station.zone('platforms', { kk: 'Платформалар', ru: 'Платформы', en: 'Platforms' }, [0, 45]);
  fireLoop(station, 'hall', [0, 0, 1], 3);
  station.devices('zigbeeSmoke', 'luggage', grid([30, 5, -1], 2, 1, 10));
  station.devices('callPoint', 'luggage', [[24, 2, -1]]);
  station.devices('door', 'luggage', [[22, 0, -1]]);
  station.devices('zigbeeLeak', 'luggage', [[36, 8, -1]]);
  station.devices('zigbeeMotion', 'platforms', [[-20, 40]]);
  station.devices('air', 'platforms', [[10, 42]]);
  station.devices('power', 'hall', [[-12, 8, 1]]);
}

function planPark(city: City): void {
  const park = city.site({
    id: 'saiabaq',
    name: { kk: 'Орталық саябақ', ru: 'Центральный парк', en: 'Central park' },
    kind: 'park',
    address: { kk: 'Есіл өзенінің сол жағалауы', ru: 'Левый берег реки Есіл', en: 'Left bank of the Esil river' },
    at: [71.42, 51.157],
  });
  park.zone('alley', { kk: 'Орталық аллея', ru: 'Центральная аллея', en: 'Central alley' }, [0, 0]);
  park.zone('pavilion', { kk: 'Павильон', ru: 'Павильон', en: 'Pavilion' }, [90, -60, 1]);
  park.devices('streetLight', 'alley', grid([0, 0], 4, 1, 45));
  park.devices('air', 'alley', [[20, 8]]);
  park.devices('smoke', 'pavilion', grid([90, -60, 1], 2, 1, 10));
  park.devices('callPoint', 'pavilion', [[84, -64, 1]]);
  park.devices('zigbeeDoor', 'pavilion', [[86, -66, 1]]);
  park.devices('zigbeeMotion', 'pavilion', [[92, -58, 1]]);
  park.devices('power', 'pavilion', [[96, -60, 1]]);
}

function planSchool(city: City): void {
  const school = city.site({
    id: 'qarlygash',
    name: { kk: '«Қарлығаш» мектебі', ru: 'Школа «Қарлығаш»', en: 'Qarlygash school' },
    kind: 'school',
    address: { kk: 'Сығанақ көшесі, 97', ru: 'Сығанақ көшесі, 97', en: '97 Syganaq Street' },
    at: [71.415, 51.1242],
  });
  school.zone('f1', { kk: '1-қабат, вестибюль', ru: '1 этаж, вестибюль', en: 'Floor 1, lobby' }, [0, -12, 1]);
  school.zone('f2', { kk: '2-қабат, сыныптар', ru: '2 этаж, классы', en: 'Floor 2, classrooms' }, [0, 0, 2]);
  school.zone('gym', { kk: 'Спорт залы', ru: 'Спортивный зал', en: 'Gymnasium' }, [34, 10, 1]);
  school.zone('canteen', { kk: 'Асхана', ru: 'Столовая', en: 'Canteen' }, [-32, 8, 1]);
  school.zone('yard', { kk: 'Аула', ru: 'Двор', en: 'Yard' }, [0, 45]);
  fireLoop(school, 'f1', [0, -12, 1], 2);
  school.devices('zigbeeSmoke', 'f2', grid([0, 0, 2], 4, 1, 11));
  school.devices('callPoint', 'f2', [[-24, 0, 2]]);
  school.devices('smoke', 'gym', [[34, 10, 1]]);
  school.devices('heat', 'canteen', [[-34, 10, 1]]);
  school.devices('gas', 'canteen', [[-30, 12, 1]]);
  school.devices('zigbeeLeak', 'canteen', [[-36, 14, 1]]);
  school.devices('door', 'f1', [[0, -22, 1]], { kk: 'бас кіреберіс', ru: 'главный вход', en: 'main entrance' });
  school.devices('door', 'gym', [[44, 14, 1]], {
    kk: 'спорт залының артқы есігі',
    ru: 'задняя дверь спортзала',
    en: 'gym back door',
  });
  school.devices('zigbeeDoor', 'canteen', [[-40, 12, 1]]);
  school.devices('zigbeeMotion', 'gym', [[36, 12, 1]]);
  school.devices('zigbeeMotion', 'f1', [[4, -14, 1]]);
  school.devices('zigbeeAir', 'f2', grid([0, 4, 2], 2, 1, 18));
  school.devices('power', 'f1', [[14, -10, 1]]);
  school.devices('streetLight', 'yard', [
    [-14, 45],
    [14, 45],
  ]);
}

function planTower(city: City): void {
  const tower = city.site({
    id: 'sunqar',
    name: { kk: '«Сұңқар» бизнес орталығы', ru: 'Бизнес-центр «Сұңқар»', en: 'Sunqar business centre' },
    kind: 'office',
    address: { kk: 'Достық көшесі, 118', ru: 'Достық көшесі, 118', en: '118 Dostyq Street' },
    at: [71.4262, 51.1262],
  });
  tower.zone('lobby', { kk: '1-қабат, вестибюль', ru: '1 этаж, вестибюль', en: 'Floor 1, lobby' }, [0, 0, 1]);
  tower.zone('f7', { kk: '7-қабат, кеңселер', ru: '7 этаж, офисы', en: 'Floor 7, offices' }, [0, 0, 7]);
  tower.zone('f18', { kk: '18-қабат, серверлік', ru: '18 этаж, серверная', en: 'Floor 18, server room' }, [6, 4, 18]);
  tower.zone('roof', { kk: 'Шатыр', ru: 'Крыша', en: 'Roof' }, [0, 0, 24]);
  fireLoop(tower, 'lobby', [0, 0, 1], 2);
  tower.devices('smoke', 'f7', grid([0, 0, 7], 3, 1, 9));
  tower.devices('callPoint', 'f7', [[12, 0, 7]]);
  tower.devices('smoke', 'f18', grid([6, 4, 18], 2, 1, 6));
  tower.devices('heat', 'f18', [[8, 6, 18]]);
  tower.devices('door', 'f18', [[2, 2, 18]]);
  tower.devices('leak', 'f18', [[10, 4, 18]]);
  tower.devices('zigbeeAir', 'f7', [[-4, 2, 7]]);
  tower.devices('power', 'lobby', [
    [-10, 6, 1],
    [-12, 6, 1],
  ]);
  tower.devices('weather', 'roof', [[0, 0, 24]]);
}

function planHospital(city: City): void {
  const hospital = city.site({
    id: 'shipa',
    name: { kk: '«Шипа» ауруханасы', ru: 'Больница «Шипа»', en: 'Shipa hospital' },
    kind: 'hospital',
    address: { kk: 'Абай даңғылы, 173', ru: 'Абай даңғылы, 173', en: '173 Abai Avenue' },
    at: [71.44, 51.1685],
  });
  hospital.zone(
    'emergency',
    { kk: 'Қабылдау бөлімі', ru: 'Приёмное отделение', en: 'Emergency department' },
    [-20, -14, 1],
  );
  hospital.zone('ward2', { kk: '2-қабат, хирургия', ru: '2 этаж, хирургия', en: 'Floor 2, surgery' }, [0, 0, 2]);
  hospital.zone(
    'ward3',
    { kk: '3-қабат, терапия', ru: '3 этаж, терапия', en: 'Floor 3, internal medicine' },
    [0, 0, 3],
  );
  hospital.zone('oxygen', { kk: 'Оттегі станциясы', ru: 'Кислородная станция', en: 'Oxygen plant' }, [46, 26, 1]);
  fireLoop(hospital, 'emergency', [-20, -14, 1], 2);
  hospital.devices('smoke', 'ward2', grid([0, 0, 2], 4, 1, 12));
  hospital.devices('smoke', 'ward3', grid([0, 0, 3], 4, 1, 12));
  hospital.devices('callPoint', 'ward2', [[24, 0, 2]]);
  hospital.devices('callPoint', 'ward3', [[24, 0, 3]]);
  hospital.devices('heat', 'oxygen', [[46, 26, 1]]);
  hospital.devices('gas', 'oxygen', [
    [44, 28, 1],
    [48, 28, 1],
  ]);
  hospital.devices('door', 'oxygen', [[42, 24, 1]]);
  hospital.devices('zigbeeDoor', 'ward3', [[-24, 2, 3]]);
  hospital.devices('zigbeeLeak', 'ward2', [[10, 6, 2]]);
  hospital.devices('zigbeeAir', 'ward2', [[-6, 2, 2]]);
  hospital.devices('power', 'oxygen', [[50, 24, 1]]);
}

/** A panel, call point and a row of smoke detectors: the least that a public building has. */
function fireLoop(site: SiteBuilder, zoneId: string, [eastM, northM, floor]: Spot, detectors: number): void {
  site.devices('panel', zoneId, [[eastM + 6, northM - 6, floor]]);
  site.devices('callPoint', zoneId, [[eastM - 6, northM - 6, floor]]);
  site.devices('smoke', zoneId, grid([eastM, northM, floor], detectors, 1, 13));
}
