import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { expect, test } from 'vitest';
import { IntakeError } from '../../video/intake-error.ts';
import { readDateAndTime, responseOf } from './answers.ts';
import { readPulled } from './event-message.ts';
import { chooseProfile, type MediaProfile, readProfiles } from './media-profile.ts';
import { toOnvifError } from './onvif-error.ts';
import { referenceParameters } from './pull-point.ts';
import { reachable } from './soap-client.ts';

const profile = (
  token: string,
  codec: string,
  width: number | null = null,
  height: number | null = null,
): MediaProfile => ({
  token,
  name: token,
  codec,
  width,
  height,
  fps: null,
});

test.each<[string, MediaProfile[], string, string]>([
  [
    'the smallest H.264 of 320 and more',
    [
      profile('a', 'H264', 1920, 1080),
      profile('b', 'H264', 640, 360),
      profile('c', 'H264', 352, 288),
      profile('d', 'H264', 176, 144),
    ],
    'a',
    'c',
  ],
  ['no smaller one: the main one', [profile('a', 'H264', 640, 360), profile('b', 'JPEG', 320, 240)], 'a', 'a'],
  ['H.264 goes before H.265', [profile('a', 'H265', 3840, 2160), profile('b', 'H264', 1280, 720)], 'b', 'b'],
  ['H.265 alone', [profile('a', 'H265', 3840, 2160), profile('b', 'H265', 640, 360)], 'a', 'a'],
  ['sizes are not told', [profile('a', 'H264'), profile('b', 'H264')], 'a', 'a'],
  ['the main one tells no size', [profile('a', 'H264'), profile('b', 'H264', 640, 360)], 'a', 'b'],
  ['neither', [profile('a', 'JPEG'), profile('b', 'MPEG4')], 'a', 'a'],
])('[O3] streams: %s', (_, profiles, main, sub) => {
  expect(chooseProfile(profiles, 'main')?.token).toBe(main);
  expect(chooseProfile(profiles, 'sub')?.token).toBe(sub);
});

test('[O3] no profile is no stream', () => {
  expect(chooseProfile([], 'main')).toBeNull();
  expect(chooseProfile([], 'sub')).toBeNull();
});

const message = (
  topic: string,
  data: string,
  own = 'UtcTime="2026-11-22T12:00:00+00:00" PropertyOperation="Changed"',
  source = 'VideoSource_1',
) =>
  `<n:NotificationMessage><n:Topic>${topic}</n:Topic><n:Message><t:Message ${own}><t:Source><t:SimpleItem Name="Source" Value="${source}"/></t:Source><t:Data>${data}</t:Data></t:Message></n:Message></n:NotificationMessage>`;
const item = (name: string, value: string) => `<t:SimpleItem Name="${name}" Value="${value}"/>`;
const pulledXml = (messages: string) =>
  `<s:Envelope xmlns:s="s"><s:Body><e:PullMessagesResponse>${messages}</e:PullMessagesResponse></s:Body></s:Envelope>`;
const pulled = (messages: string) => readPulled(responseOf(pulledXml(messages), 'PullMessages'));

test.each([
  ['tns1:VideoSource/MotionAlarm', item('State', 'true'), 'motion', true],
  ['tns1:RuleEngine/CellMotionDetector/Motion', item('IsMotion', '1'), 'motion', true],
  ['tns1:RuleEngine/tns1:MotionRegionDetector/tns1:Motion', item('State', 'false'), 'motion', false],
  ['tns1:RuleEngine/TamperDetector/Tamper', item('IsTamper', 'true'), 'tamper', true],
  ['tns1:VideoSource/GlobalSceneChange/ImagingService', item('State', 'true'), 'tamper', true],
  ['tns1:Device/Trigger/DigitalInput', item('LogicalState', 'on'), 'digital-input', true],
  ['tns1:RuleEngine/LineDetector/Crossed', item('ObjectId', '7'), 'line-crossing', null],
])('[O5] %s', (topic, data, kind, active) => {
  expect(pulled(message(topic, data)).events).toEqual([
    { kind, active, source: 'VideoSource_1', operation: 'Changed', cameraTimeMs: Date.UTC(2026, 10, 22, 12) },
  ]);
});

test('[O5] what is not known is counted and passed over; the last reboot is read', () => {
  const reboot = message('tns1:Monitoring/OperatingTime/LastReboot', item('Status', '2026-11-22T10:00:00Z'));
  expect(pulled(message('tns1:Recording/Config', item('State', 'true')) + reboot)).toEqual({
    events: [],
    count: 2,
    lastRebootMs: Date.UTC(2026, 10, 22, 10),
  });
});

test('no answer of a camera throws anything but what the callers expect', () => {
  const random = createRandom(7);
  const whole = pulledXml(message('tns1:VideoSource/MotionAlarm', item('State', 'true')).repeat(3));
  for (let n = 0; n < 5_000; n++) {
    let text = whole;
    for (let cuts = 0; cuts < 3; cuts++) {
      const from = Math.floor(random() * text.length);
      const insert = ['', '<', '>', '&', '"', '<a>', '</a>', '\0', '__proto__', '&#x110000;'][
        Math.floor(random() * 10)
      ]!;
      text = text.slice(0, from) + insert + text.slice(from + Math.floor(random() * 12));
    }
    try {
      const response = responseOf(text, 'PullMessages');
      readPulled(response);
      readProfiles(response);
      readDateAndTime(response);
      referenceParameters(text);
    } catch (error) {
      if (!(error instanceof IntakeError)) throw error;
    }
  }
});

test('[O4] reference parameters are echoed with the prefixes that they use', () => {
  const xml =
    '<s:Envelope xmlns:s="s" xmlns:dom0="http://axis"><s:Body><w:ReferenceParameters><dom0:SubscriptionId>5</dom0:SubscriptionId><x:B xmlns:x="http://x">1</x:B></w:ReferenceParameters></s:Body></s:Envelope>';
  expect(referenceParameters(xml)).toBe(
    '<dom0:SubscriptionId xmlns:dom0="http://axis">5</dom0:SubscriptionId><x:B xmlns:x="http://x">1</x:B>',
  );
  expect(referenceParameters('<a/>')).toBe('');
});

test.each([
  ['http://192.0.2.21/onvif/events', 'http://192.0.2.21/onvif/events'],
  ['http://192.0.2.21:8899/onvif/events?Idx=7', 'http://192.0.2.21:8899/onvif/events?Idx=7'],
  ['http://10.0.0.5:8080/onvif/events?Idx=7', 'http://192.0.2.21/onvif/events?Idx=7'],
  ['https://evil.example/x', 'http://192.0.2.21/x'],
  ['/onvif/events', 'http://192.0.2.21/onvif/events'],
])('[O4] credentials go to the camera only: %s is called at %s', (named, called) => {
  expect(reachable(named, 'http://192.0.2.21/onvif/device_service').href).toBe(called);
});

test('[O2] what a library threw is told without the password, in printable words', () => {
  const told = (text: string) => toOnvifError(new Error(text), 'hunter2');
  expect(told('400 Bad Request - Sender not Authorized')).toMatchObject({ kind: 'credentials' });
  expect(told('connect ECONNREFUSED 192.0.2.1:80')).toMatchObject({ kind: 'unreachable' });
  expect(told('Network timeout')).toMatchObject({ kind: 'timeout' });
  expect(told('no such hunter2\u001b[2J').message).toBe('ONVIF said "no such •?[2J"');
});
