import { wordList } from '../i18n.ts';

export const signInWords = wordList({
  title: { kk: 'Астана жағдаят орталығы', ru: 'Ситуационный центр Астаны', en: 'Astana situation center' },
  username: { kk: 'Пайдаланушы', ru: 'Пользователь', en: 'User name' },
  password: { kk: 'Құпиясөз', ru: 'Пароль', en: 'Password' },
  signIn: { kk: 'Кіру', ru: 'Войти', en: 'Sign in' },
  wrong: { kk: 'Аты немесе құпиясөз қате', ru: 'Неверное имя или пароль', en: 'Wrong user name or password' },
  tooMany: {
    kk: 'Тым көп әрекет. Сәл кейін қайталаңыз',
    ru: 'Слишком много попыток. Повторите позже',
    en: 'Too many attempts. Try again later',
  },
  noHub: {
    kk: 'Өзек жауап бермейді. Байланысты тексеріп, қайталаңыз',
    ru: 'Ядро не отвечает. Проверьте связь и повторите',
    en: 'The hub does not answer. Check the link and try again',
  },
  choose: { kk: 'Не ашамыз?', ru: 'Что открыть?', en: 'What shall we open?' },
  wall: { kk: 'Қабырға', ru: 'Стена', en: 'Wall' },
  wallHint: { kk: 'Экран {screen}', ru: 'Экран {screen}', en: 'Screen {screen}' },
  console: { kk: 'Кезекші пульті', ru: 'Пульт дежурного', en: 'Duty console' },
  consoleHint: {
    kk: 'Оқиғалар, камералар, қызметтер',
    ru: 'События, камеры, службы',
    en: 'Incidents, cameras, services',
  },
  desk: { kk: 'Қызмет пульті', ru: 'Пульт службы', en: 'Agency desk' },
  deskHint: { kk: 'Қабылдау немесе бас тарту', ru: 'Принять или отклонить', en: 'Accept or decline' },
  city: { kk: 'Қала', ru: 'Город', en: 'City' },
  cityHint: { kk: 'Көрсеткіштер мен нормалар', ru: 'Показатели и нормы', en: 'Indicators against their norms' },
  lab: { kk: 'Зертхана', ru: 'Лаборатория', en: 'Lab' },
  labHint: {
    kk: 'Құрылғылар, өлі хаттар, тексеру',
    ru: 'Приборы, непонятые сообщения, проверка',
    en: 'Devices, dead letters, checks',
  },
  docs: { kk: 'API', ru: 'API', en: 'API' },
  docsHint: { kk: 'OpenAPI 3.1', ru: 'OpenAPI 3.1', en: 'OpenAPI 3.1' },
});
