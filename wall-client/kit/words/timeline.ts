import { wordList } from '../i18n.ts';

/** One sentence a kind of timeline entry (contracts/incident.ts timelineKinds). */
export const timelineWords = wordList({
  opened: { kk: 'Оқиға ашылды', ru: 'Событие открыто', en: 'Incident opened' },
  'alarm-raised': {
    kk: 'Дабыл: {condition}, {device}',
    ru: 'Тревога: {condition}, {device}',
    en: 'Alarm: {condition}, {device}',
  },
  'alarm-cleared': {
    kk: 'Дабыл басылды: {condition}, {device}',
    ru: 'Тревога снята: {condition}, {device}',
    en: 'Alarm cleared: {condition}, {device}',
  },
  acknowledged: { kk: 'Қабылданды', ru: 'Принято', en: 'Acknowledged' },
  assigned: { kk: '{assignee} жүргізеді', ru: 'Ведёт {assignee}', en: 'Assigned to {assignee}' },
  note: { kk: '{text}', ru: '{text}', en: '{text}' },
  'priority-changed': {
    kk: 'Дәрежесі: {priority}. {reason}',
    ru: 'Важность: {priority}. {reason}',
    en: 'Priority: {priority}. {reason}',
  },
  'step-done': { kk: 'Орындалды: {step}', ru: 'Сделано: {step}', en: 'Done: {step}' },
  'step-undone': { kk: 'Белгі алынды: {step}', ru: 'Отметка снята: {step}', en: 'Undone: {step}' },
  'dispatch-queued': { kk: '{service} шақырылды', ru: '{service} вызвана', en: '{service} called out' },
  'dispatch-sent': { kk: '{service}: жіберілді', ru: '{service}: отправлено', en: '{service}: sent' },
  'dispatch-delivered': {
    kk: '{service}: пультіне жеткізілді',
    ru: '{service}: доставлено на пульт',
    en: '{service}: delivered to its desk',
  },
  'dispatch-accepted': {
    kk: '{service} қабылдады {unit}',
    ru: '{service} приняла {unit}',
    en: '{service} accepted {unit}',
  },
  'dispatch-rejected': {
    kk: '{service} бас тартты: {reason}',
    ru: '{service} отклонила: {reason}',
    en: '{service} declined: {reason}',
  },
  'dispatch-updated': {
    kk: '{service}: {progress} {unit} {note}',
    ru: '{service}: {progress} {unit} {note}',
    en: '{service}: {progress} {unit} {note}',
  },
  'dispatch-completed': {
    kk: '{service} жұмысын аяқтады',
    ru: '{service} завершила работу',
    en: '{service} completed its work',
  },
  'dispatch-failed': {
    kk: '{service} хабарланбады: {reason}',
    ru: '{service} не оповещена: {reason}',
    en: '{service} not reached: {reason}',
  },
  'dispatch-overdue': {
    kk: '{service} мерзімінде қабылдамады',
    ru: '{service} не приняла в срок',
    en: '{service} did not accept in time',
  },
  'dispatch-redelivered': {
    kk: '{service}: қайта жіберілді',
    ru: '{service}: отправлено снова',
    en: '{service}: sent again',
  },
  'camera-lost': { kk: '{camera} камерасы жоғалды', ru: 'Камера {camera} потеряна', en: 'Camera {camera} lost' },
  'camera-back': { kk: '{camera} камерасы оралды', ru: 'Камера {camera} вернулась', en: 'Camera {camera} back' },
  resolved: { kk: 'Шешілді', ru: 'Устранено', en: 'Resolved' },
  closed: { kk: 'Жабылды: {disposition}', ru: 'Закрыто: {disposition}', en: 'Closed: {disposition}' },
  reopened: { kk: 'Қайта ашылды', ru: 'Открыто снова', en: 'Reopened' },
  merged: { kk: 'Біріктірілді: {incident}', ru: 'Объединено: {incident}', en: 'Merged: {incident}' },
  split: { kk: 'Бөлінді: {incident}', ru: 'Разделено: {incident}', en: 'Split: {incident}' },
});
