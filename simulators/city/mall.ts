import { streets } from './astana-geometry.ts';
import { type createCityBuilder, grid } from './city-builder.ts';
import { crossing, offset } from './geometry.ts';

/** The invented mall «Аққу» by Ұлы Дала × Қабанбай Батыр: 120 × 80 m, four floors, a car park below. */
export function planMall(city: ReturnType<typeof createCityBuilder>): void {
  const mall = city.site({
    id: 'akku',
    name: { kk: '«Аққу» сауда орталығы', ru: 'ТРЦ «Аққу»', en: 'Aqqu shopping centre' },
    kind: 'mall',
    address: { kk: 'Ұлы Дала даңғылы, 214', ru: 'Ұлы Дала даңғылы, 214', en: '214 Uly Dala Avenue' },
    at: offset(crossing(streets.qabanbai, streets.ulyDala), 180, 80),
  });

  mall.zone('entrance', { kk: 'Бас кіреберіс', ru: 'Главный вход', en: 'Main entrance' }, [0, -42, 1]);
  mall.zone('yard', { kk: 'Шаруашылық ауласы', ru: 'Хозяйственный двор', en: 'Service yard' }, [20, 60]);
  mall.zone('parking', { kk: 'Тұрақ', ru: 'Парковка', en: 'Car park' }, [-85, -10]);
  mall.zone('b1', { kk: 'Жерасты тұрағы', ru: 'Подземная парковка', en: 'Underground car park' }, [0, 0, -1]);
  mall.zone('f1', { kk: '1-қабат, галерея', ru: '1 этаж, галерея', en: 'Floor 1, gallery' }, [0, 0, 1]);
  mall.zone('f2', { kk: '2-қабат, галерея', ru: '2 этаж, галерея', en: 'Floor 2, gallery' }, [0, 0, 2]);
  mall.zone('f3-atrium', { kk: '3-қабат, атриум', ru: '3 этаж, атриум', en: 'Floor 3, atrium' }, [8, 4, 3]);
  mall.zone('f3-foodcourt', { kk: '3-қабат, фуд-корт', ru: '3 этаж, фуд-корт', en: 'Floor 3, food court' }, [42, 8, 3]);
  mall.zone('f3-corridor', { kk: '3-қабат, дәліз', ru: '3 этаж, коридор', en: 'Floor 3, corridor' }, [-38, 6, 3]);
  mall.zone('f4', { kk: '4-қабат, кинотеатр', ru: '4 этаж, кинотеатр', en: 'Floor 4, cinema' }, [0, 6, 4]);
  mall.zone('plant', { kk: 'Техникалық бөлме', ru: 'Техническое помещение', en: 'Plant room' }, [48, 30, -1]);

  mall.devices('panel', 'entrance', [[6, -36, 1]]);
  mall.devices('callPoint', 'entrance', [[-8, -38, 1]]);
  mall.devices('callPoint', 'f1', [[52, 0, 1]]);
  mall.devices('callPoint', 'f2', [[-52, 0, 2]]);
  mall.devices('callPoint', 'f3-atrium', [[-4, -10, 3]]);
  mall.devices('callPoint', 'f3-foodcourt', [[54, 2, 3]]);
  mall.devices('callPoint', 'f3-corridor', [[-52, 4, 3]]);
  mall.devices('callPoint', 'f4', [[0, -20, 4]]);

  mall.devices('smoke', 'f1', grid([0, 0, 1], 4, 1, 24));
  mall.devices('smoke', 'f2', grid([0, 0, 2], 4, 1, 24));
  mall.devices('smoke', 'f3-atrium', grid([8, 4, 3], 2, 2, 12));
  mall.devices('zigbeeSmoke', 'f3-foodcourt', grid([42, 8, 3], 2, 2, 12));
  mall.devices('zigbeeSmoke', 'f3-corridor', grid([-38, 6, 3], 3, 1, 14));
  mall.devices('smoke', 'f4', grid([0, 6, 4], 3, 1, 26));
  mall.devices('heat', 'b1', grid([0, 0, -1], 3, 1, 34));
  mall.devices('heat', 'f3-atrium', [[12, 12, 3]]);
  mall.devices('heat', 'f3-foodcourt', [[50, 20, 3]]);
  mall.devices('heat', 'plant', [[48, 30, -1]]);

  mall.devices('gas', 'f3-foodcourt', [
    [48, 18, 3],
    [54, 18, 3],
  ]);
  mall.devices('gas', 'b1', [[-20, 10, -1]]);
  mall.devices('door', 'yard', [[16, 41, 1]]);
  mall.devices('door', 'plant', [[46, 26, -1]]);
  mall.devices('zigbeeDoor', 'entrance', [
    [-6, -40, 1],
    [6, -40, 1],
  ]);
  mall.devices('zigbeeDoor', 'f3-corridor', [[-56, 8, 3]]);
  mall.devices('zigbeeMotion', 'f3-corridor', [[-44, 6, 3]]);
  mall.devices('zigbeeMotion', 'yard', [[24, 44, 1]]);
  mall.devices('zigbeeAir', 'f3-atrium', [[8, 0, 3]]);
  mall.devices('zigbeeAir', 'f1', [[-10, 4, 1]]);
  mall.devices('leak', 'plant', [
    [50, 32, -1],
    [44, 32, -1],
  ]);
  mall.devices('zigbeeLeak', 'f3-foodcourt', [[46, 22, 3]]);
  mall.devices('power', 'plant', [
    [52, 28, -1],
    [54, 28, -1],
  ]);

  mall.camera({
    id: 'K-1043',
    name: { kk: 'Аққу, бас кіреберіс', ru: 'Аққу, главный вход', en: 'Aqqu, main entrance' },
    zoneId: 'entrance',
    spot: [-14, -52],
    bearingDeg: 12,
    fovDeg: 84,
    ptz: true,
  });
  mall.camera({
    id: 'K-1047',
    name: { kk: 'Атриум 3', ru: 'Атриум 3', en: 'Atrium 3' },
    zoneId: 'f3-atrium',
    spot: [-8, -6, 3],
    bearingDeg: 58,
    fovDeg: 90,
    ptz: true,
  });
  mall.camera({
    id: 'K-1051',
    name: { kk: 'Фуд-корт', ru: 'Фуд-корт', en: 'Food court' },
    zoneId: 'f3-foodcourt',
    spot: [56, 26, 3],
    bearingDeg: 236,
    fovDeg: 86,
  });
  mall.camera({
    id: 'K-1058',
    name: { kk: 'Тұрақ', ru: 'Парковка', en: 'Car park' },
    zoneId: 'parking',
    spot: [-64, -30],
    bearingDeg: 310,
    fovDeg: 78,
  });
  mall.camera({
    id: 'K-1062',
    name: { kk: 'Дәліз 3', ru: 'Коридор 3', en: 'Corridor 3' },
    zoneId: 'f3-corridor',
    spot: [-24, 6, 3],
    bearingDeg: 270,
    fovDeg: 64,
  });
  mall.camera({
    id: 'K-1066',
    name: { kk: 'Артқы аула', ru: 'Хоздвор', en: 'Service yard' },
    zoneId: 'yard',
    spot: [34, 58],
    bearingDeg: 225,
    fovDeg: 72,
    by: 'rtsp',
  });
}
