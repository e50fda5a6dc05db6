import { silentLog } from '@kuzet/lib/log.ts';
import { createTestClock } from '@kuzet/lib/test-clock.ts';
import { describe, expect, it } from 'vitest';
import { createScenarioPlayer } from './player.ts';
import type { ScenarioFile, ScenarioStep } from './scenario-file.ts';

const title = { kk: 'сынақ', ru: 'проба', en: 'trial' };
const hold = (atS: number, device: string, forS?: number): ScenarioStep => ({
  atS,
  do: 'hold',
  device,
  values: { alarm: true },
  ...(forS === undefined ? {} : { forS }),
});
const scenario = (name: string, rest: Partial<ScenarioFile>): ScenarioFile => ({
  name,
  title,
  background: false,
  repeat: false,
  order: 'listed',
  pauseS: { min: 0, max: 0 },
  episodes: [],
  ...rest,
});

function setUp(...files: ScenarioFile[]) {
  const clock = createTestClock();
  const startMs = clock.now();
  const did: string[] = [];
  const say = (text: string) => did.push(`${(clock.now() - startMs) / 1000} ${text}`);
  const player = createScenarioPlayer({
    scenarios: new Map(files.map((file) => [file.name, file])),
    perform(step) {
      if (step.do !== 'hold') throw new Error(`cannot ${step.do}`);
      say(`do ${step.device}`);
      return () => say(`undo ${step.device}`);
    },
    clock,
    log: silentLog,
    seed: 7,
  });
  return { clock, player, did };
}

const fire = scenario('fire', {
  episodes: [{ id: 'one', title, lastsS: 60, steps: [hold(0, 'a'), hold(10, 'b', 20), hold(50, 'c')] }],
});
const life = scenario('life', {
  background: true,
  repeat: true,
  pauseS: { min: 100, max: 100 },
  episodes: [{ id: 'door', title, lastsS: 30, steps: [hold(0, 'door')] }],
});

describe('scenario player', () => {
  it('does each step at its time and undoes it at its own or the episode’s end', () => {
    const { clock, player, did } = setUp(fire);
    player.run('fire');
    clock.advance(100_000);
    expect(did).toEqual(['0 do a', '10 do b', '30 undo b', '50 do c', '60 undo c', '60 undo a']);
    expect(player.running()).toEqual([]);
  });

  it('refuses a second run until the first has ended, and an unknown name', () => {
    const { clock, player } = setUp(fire);
    expect(player.run('fire')).toMatchObject({ ok: true, state: { name: 'fire', episode: 'one' } });
    expect(player.run('fire')).toMatchObject({ ok: false, code: 'conflict' });
    expect(player.run('flood')).toMatchObject({ ok: false, code: 'not-found' });
    clock.advance(60_000);
    expect(player.run('fire').ok).toBe(true);
  });

  it('undoes everything when it is stopped, and does nothing later', () => {
    const { clock, player, did } = setUp(fire);
    player.run('fire');
    clock.advance(15_000);
    expect(player.stop()).toEqual({ stopped: 'fire' });
    clock.advance(100_000);
    expect(did).toEqual(['0 do a', '10 do b', '15 undo b', '15 undo a']);
    expect(player.stop()).toEqual({ stopped: null });
  });

  it('repeats a background scenario with quiet between', () => {
    const { clock, player, did } = setUp(life);
    player.run('life');
    clock.advance(300_000);
    expect(did).toEqual(['100 do door', '130 undo door', '230 do door', '260 undo door']);
  });

  it('lets the background give way, restored, and brings it back after the other has ended', () => {
    const { clock, player, did } = setUp(life, fire);
    player.run('life');
    clock.advance(110_000);
    player.run('fire');
    expect(did).toEqual(['100 do door', '110 undo door', '110 do a']);
    expect(player.running().map(({ name, paused }) => [name, paused])).toEqual([
      ['fire', false],
      ['life', true],
    ]);
    clock.advance(60_000);
    expect(player.running().map(({ name, paused }) => [name, paused])).toEqual([['life', false]]);
    clock.advance(100_000);
    expect(did.at(-1)).toBe('270 do door');
  });

  it('goes on when one step cannot be done', () => {
    const steps: ScenarioStep[] = [{ atS: 0, do: 'clip', camera: 'K-1', clip: 'none' }, hold(5, 'a')];
    const { clock, player, did } = setUp(scenario('odd', { episodes: [{ id: 'one', title, lastsS: 10, steps }] }));
    player.run('odd');
    clock.advance(10_000);
    expect(did).toEqual(['5 do a', '10 undo a']);
  });

  it('shuffles, the same way for the same seed', () => {
    const episodes = ['p', 'q', 'r', 's', 't'].map((id) => ({ id, title, lastsS: 1, steps: [hold(0, id)] }));
    const order = () => {
      const { clock, player, did } = setUp(scenario('mixed', { order: 'shuffled', repeat: true, episodes }));
      player.run('mixed');
      clock.advance(9_000);
      return did.filter((line) => line.includes('do ') && !line.includes('undo')).map((line) => line.split(' ')[2]);
    };
    expect(order()).toEqual(order());
    expect(order().slice(0, 5).sort()).toEqual(['p', 'q', 'r', 's', 't']);
  });
});
