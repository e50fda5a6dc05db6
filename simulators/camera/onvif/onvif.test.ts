import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, it } from 'vitest';
import { createEventHub } from './event-hub.ts';
import { createPtzHead } from './ptz-head.ts';
import { durationMs, escapeXml, parseSoap, textOf } from './soap.ts';

describe('SOAP', () => {
  it('finds the operation whatever the prefixes', () => {
    const request = parseSoap(
      '<e:Envelope xmlns:e="x"><e:Header><w:A xmlns:w="y">1</w:A></e:Header><e:Body><t:GetThing xmlns:t="z"><t:Token>007</t:Token></t:GetThing></e:Body></e:Envelope>',
    );
    expect(request.operation).toBe('GetThing');
    expect(textOf(request.parameters, 'Token')).toBe('007');
    expect(textOf(request.parameters, 'constructor')).toBe('');
    expect(textOf(request.header, 'A')).toBe('1');
  });

  it('reads durations and escapes text', () => {
    expect(durationMs('PT10S')).toBe(10_000);
    expect(durationMs('PT0.5S')).toBe(500);
    expect(durationMs('P1DT1H1M1S')).toBe(90_061_000);
    expect(durationMs('P')).toBeUndefined();
    expect(durationMs('10')).toBeUndefined();
    expect(escapeXml(`<&"'\u0000ұ>`)).toBe('&#60;&#38;&#34;&#39;ұ&#62;');
  });
});

describe('PTZ head', () => {
  it('moves with time, stops at its end of travel and after its timeout', () => {
    const clock = createTestClock();
    const head = createPtzHead({ clock });
    head.move({ pan: 1, tilt: -0.5, zoom: 0 }, 10_000);
    clock.advance(1_000);
    expect(head.status()).toMatchObject({
      position: { pan: 0.5, tilt: -0.25, zoom: 0 },
      panTiltMoving: true,
      zoomMoving: false,
    });
    clock.advance(9_000);
    expect(head.status()).toMatchObject({ position: { pan: 1, tilt: -1 }, panTiltMoving: false });
  });

  it('goes to a place and rests there; stop holds where it is', () => {
    const clock = createTestClock();
    const head = createPtzHead({ clock });
    head.moveTo({ pan: 0.4, zoom: 0.2 });
    clock.advance(400);
    head.stop({ panTilt: true, zoom: false });
    clock.advance(5_000);
    const { position, panTiltMoving } = head.status();
    expect(position.pan).toBeCloseTo(0.2);
    expect(position.zoom).toBeCloseTo(0.2);
    expect(panTiltMoving).toBe(false);
    head.moveBy({ pan: -0.1, tilt: 0, zoom: 5 });
    clock.advance(60_000);
    expect(head.status().position.pan).toBeCloseTo(0.1);
    expect(head.status().position.zoom).toBeCloseTo(1);
  });
});

describe('pull points', () => {
  it('run out unless renewed', async () => {
    const clock = createTestClock();
    const hub = createEventHub({ clock });
    const { id } = hub.subscribe(10_000);
    clock.advance(9_000);
    expect(hub.renew(id, 10_000)).not.toBeNull();
    clock.advance(9_000);
    expect(await hub.pull(id, 10, 0)).not.toBeNull();
    clock.advance(2_000);
    expect(await hub.pull(id, 10, 0)).toBeNull();
    expect(hub.renew(id, 10_000)).toBeNull();
    expect(hub.unsubscribe(id)).toBe(false);
  });

  it('hand out at most what was asked for, in order, and wait otherwise', async () => {
    const clock = createTestClock();
    const hub = createEventHub({ clock });
    const { id } = hub.subscribe(60_000);
    expect((await hub.pull(id, 1, 0))!.messages.map(({ property }) => property)).toEqual(['motion']);
    expect((await hub.pull(id, 10, 0))!.messages.map(({ property }) => property)).toEqual([
      'digital-input',
      'tamper',
      'last-reboot',
    ]);
    const waiting = hub.pull(id, 10, 5_000);
    hub.set('digital-input', true);
    expect((await waiting)!.messages).toEqual([
      { property: 'digital-input', operation: 'Changed', value: true, atMs: clock.now() },
    ]);
    const empty = hub.pull(id, 10, 5_000);
    clock.advance(5_000);
    expect((await empty)!.messages).toEqual([]);
  });

  it('are forgotten by a restart and by running out, also while somebody waits', async () => {
    const clock = createTestClock();
    const hub = createEventHub({ clock });
    for (const end of [() => hub.restart(), () => hub.expire()]) {
      const { id } = hub.subscribe(60_000);
      await hub.pull(id, 10, 0);
      const waiting = hub.pull(id, 10, 5_000);
      end();
      expect(await waiting).toBeNull();
      expect(hub.synchronize(id)).toBe(false);
    }
  });
});
