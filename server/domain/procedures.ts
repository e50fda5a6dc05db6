import type { LocalizedText } from '@kuzet/contracts/common.ts';
import type { IncidentType } from '@kuzet/contracts/incident.ts';

export interface ProcedureStepText {
  id: string;
  text: LocalizedText;
}

const step = (id: string, kk: string, ru: string, en: string): ProcedureStepText => ({ id, text: { kk, ru, en } });

const confirmByCamera = step(
  'confirm-by-camera',
  'Оқиғаны камера арқылы растаңыз',
  'Подтвердите событие по камере',
  'Confirm by camera',
);
const callSite = step(
  'call-site',
  'Нысан күзетіне қоңырау шалыңыз',
  'Позвоните охране объекта',
  "Call the site's guards",
);
const informSupervisor = step(
  'inform-supervisor',
  'Ауысым бастығына хабарлаңыз',
  'Доложите начальнику смены',
  'Inform the shift supervisor',
);
const watchUntilEnd = step(
  'watch-until-end',
  'Қызметтер аяқтағанша камерадан бақылаңыз',
  'Следите по камерам до конца работ служб',
  'Watch by camera until the services finish',
);
const recordOutcome = step(
  'record-outcome',
  'Нәтижесін жазып, оқиғаны жабыңыз',
  'Запишите итог и закройте происшествие',
  'Write down the outcome and close the incident',
);

/** What the duty officer goes through, by type of incident, in order. Ids are unique within a type. */
export const procedures: Record<IncidentType, readonly ProcedureStepText[]> = {
  fire: [
    confirmByCamera,
    step(
      'call-fire-service',
      '101 өрт сөндіру қызметі қабылдағанына көз жеткізіңіз',
      'Убедитесь, что пожарная служба 101 приняла вызов',
      'Make sure that the fire service (101) has accepted',
    ),
    callSite,
    step(
      'evacuate',
      'Эвакуация басталғанын және шығу жолдары ашық екенін тексеріңіз',
      'Проверьте, что эвакуация идёт и выходы открыты',
      'Check that evacuation has begun and the exits are open',
    ),
    step(
      'call-ambulance',
      'Зардап шеккендер болса, 103 жедел жәрдемді шақырыңыз',
      'Если есть пострадавшие, вызовите скорую 103',
      'If anyone is hurt, call the ambulance (103)',
    ),
    step(
      'clear-access',
      'Өрт сөндіру көліктерінің өтетін жолын босатыңыз',
      'Освободите подъезд для пожарных машин',
      'Clear the way for fire engines',
    ),
    watchUntilEnd,
    recordOutcome,
  ],
  gas: [
    step(
      'call-gas-service',
      '104 газ қызметі қабылдағанына көз жеткізіңіз',
      'Убедитесь, что газовая служба 104 приняла вызов',
      'Make sure that the gas service (104) has accepted',
    ),
    callSite,
    step(
      'no-sparks',
      'Электр құралдарын қоспауды және от жақпауды ескертіңіз',
      'Предупредите: не включать электроприборы и огонь',
      'Warn: no electrical switches, no flame',
    ),
    step('evacuate', 'Адамдарды шығарыңыз', 'Выведите людей', 'Get people out'),
    step(
      'call-fire-service',
      '101 өрт сөндіру қызметіне хабарлаңыз',
      'Сообщите пожарной службе 101',
      'Tell the fire service (101)',
    ),
    watchUntilEnd,
    recordOutcome,
  ],
  intrusion: [
    confirmByCamera,
    callSite,
    step(
      'call-police',
      'Бөгде адам расталса, 102 полицияны шақырыңыз',
      'Если посторонний подтверждён, вызовите полицию 102',
      'If an intruder is confirmed, call the police (102)',
    ),
    step(
      'follow-by-camera',
      'Адамды камералар арқылы бақылап, белгілерін жазыңыз',
      'Ведите человека по камерам, запишите приметы',
      'Follow the person by camera and note a description',
    ),
    recordOutcome,
  ],
  water: [
    confirmByCamera,
    callSite,
    step(
      'call-utility',
      'Су арнасы апаттық қызметін шақырыңыз',
      'Вызовите аварийную службу водоканала',
      "Call the water utility's emergency crew",
    ),
    step(
      'protect-power',
      'Су электр қалқандарына жетпегенін тексеріңіз',
      'Проверьте, что вода не дошла до электрощитов',
      'Check that water has not reached electrical boards',
    ),
    step('close-area', 'Су басқан жерді жабыңыз', 'Закройте подтопленный участок', 'Close off the flooded area'),
    recordOutcome,
  ],
  'air-quality': [
    step(
      'compare-stations',
      'Көрші бекеттердің көрсеткіштерін салыстырыңыз',
      'Сравните показания соседних постов',
      'Compare the neighbouring stations',
    ),
    step('find-source', 'Көзін камерадан іздеңіз', 'Найдите источник по камерам', 'Look for the source by camera'),
    step(
      'inform-ecology',
      'Экология департаментіне хабарлаңыз',
      'Сообщите в департамент экологии',
      'Inform the department of ecology',
    ),
    informSupervisor,
    recordOutcome,
  ],
  power: [
    callSite,
    step(
      'call-grid',
      'Электр желісінің диспетчеріне қоңырау шалыңыз',
      'Позвоните диспетчеру электросетей',
      "Call the grid's control room",
    ),
    step(
      'lifts-and-patients',
      'Лифтте қалғандар мен электрге тәуелді науқастарды анықтаңыз',
      'Выясните, есть ли люди в лифтах и больные на аппаратах',
      'Ask about people in lifts and patients on equipment',
    ),
    informSupervisor,
    recordOutcome,
  ],
  road: [
    confirmByCamera,
    step(
      'call-police',
      '102 полиция қабылдағанына көз жеткізіңіз',
      'Убедитесь, что полиция 102 приняла вызов',
      'Make sure that the police (102) have accepted',
    ),
    step(
      'call-ambulance',
      'Зардап шеккендер болса, 103 жедел жәрдемді шақырыңыз',
      'Если есть пострадавшие, вызовите скорую 103',
      'If anyone is hurt, call the ambulance (103)',
    ),
    step(
      'warn-drivers',
      'Жүргізушілерді таблолар арқылы ескертіңіз',
      'Предупредите водителей на табло',
      'Warn drivers on the road signs',
    ),
    recordOutcome,
  ],
  'public-order': [
    confirmByCamera,
    step(
      'call-police',
      '102 полиция қабылдағанына көз жеткізіңіз',
      'Убедитесь, что полиция 102 приняла вызов',
      'Make sure that the police (102) have accepted',
    ),
    step(
      'follow-by-camera',
      'Камералар арқылы бақылап, белгілерін жазыңыз',
      'Следите по камерам, запишите приметы',
      'Follow by camera and note descriptions',
    ),
    recordOutcome,
  ],
  medical: [
    step(
      'call-ambulance',
      '103 жедел жәрдем қабылдағанына көз жеткізіңіз',
      'Убедитесь, что скорая 103 приняла вызов',
      'Make sure that the ambulance (103) has accepted',
    ),
    confirmByCamera,
    callSite,
    step(
      'meet-crew',
      'Бригаданы қарсы алуды ұйымдастырыңыз',
      'Организуйте встречу бригады',
      'Have someone meet the crew',
    ),
    recordOutcome,
  ],
  other: [
    confirmByCamera,
    callSite,
    step(
      'decide-services',
      'Қай қызметтер керегін шешіп, шақырыңыз',
      'Решите, какие службы нужны, и вызовите их',
      'Decide which services are needed and call them',
    ),
    informSupervisor,
    recordOutcome,
  ],
};
