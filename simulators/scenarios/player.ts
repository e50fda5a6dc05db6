import type { Clock } from '@kuzet/lib/clock.ts';
import type { Log } from '@kuzet/lib/log.ts';
import { createRandom } from '@kuzet/lib/seeded-random.ts';
import { seedOf } from '../sensors/random.ts';
import type { Episode, ScenarioFile, ScenarioStep } from './scenario-file.ts';

export type Undo = () => void;

/** Does what a step says, and gives back how to undo it. */
export type Perform = (step: ScenarioStep) => Undo;

export interface PlayerState {
  name: string;
  startedAt: string;
  episode: string | null;
  /** When it ends by itself; null for one that repeats or is paused. */
  endsAt: string | null;
  paused: boolean;
}

export type RunResult =
  | { ok: true; state: PlayerState }
  | { ok: false; code: 'not-found' | 'conflict'; detail: string };

export interface ScenarioPlayer {
  /**
   * Starts a scenario. A background scenario gives way to one that is not, and comes back after it; another background
   * scenario takes its place. While one that is not background runs, a second is refused (`conflict`), the same one too.
   */
  run(name: string): RunResult;
  /** Ends the running scenario and undoes all it did; a background scenario that gave way comes back. */
  stop(): { stopped: string | null };
  /** Ends everything, for good. */
  close(): void;
  running(): PlayerState[];
}

export interface ScenarioPlayerDeps {
  scenarios: ReadonlyMap<string, ScenarioFile>;
  perform: Perform;
  clock: Clock;
  log: Log;
  seed: number;
}

/** Plays scenarios by the clock: at most one in front, and one background scenario behind it. */
export function createScenarioPlayer({ scenarios, perform, clock, log, seed }: ScenarioPlayerDeps): ScenarioPlayer {
  let front: Performance | null = null;
  let background: Performance | null = null;
  let closed = false;

  const performanceOf = (scenario: ScenarioFile) => createPerformance({ scenario, perform, clock, log, seed });

  function frontEnded(): void {
    log.info({ scenario: front?.scenario.name }, 'scenario ended');
    front = null;
    if (!closed) background?.play(() => (background = null));
  }

  return {
    run(name) {
      const scenario = scenarios.get(name);
      if (!scenario) {
        return {
          ok: false,
          code: 'not-found',
          detail: `no scenario ${name}; there are ${[...scenarios.keys()].join(', ')}`,
        };
      }
      if (front) {
        const { name: running, endsAt } = front.state();
        return { ok: false, code: 'conflict', detail: `${running} is running until ${endsAt}; stop it first` };
      }
      log.info({ scenario: name }, 'scenario starts');
      background?.cut();
      if (scenario.background) {
        const started = performanceOf(scenario);
        background = started;
        started.play(() => (background = null));
        return { ok: true, state: started.state() };
      }
      const started = performanceOf(scenario);
      front = started;
      started.play(frontEnded);
      return { ok: true, state: started.state() };
    },
    stop() {
      const stopped = front ?? background;
      if (!stopped) return { stopped: null };
      stopped.cut();
      if (stopped === front) frontEnded();
      else background = null;
      return { stopped: stopped.scenario.name };
    },
    close() {
      closed = true;
      front?.cut();
      background?.cut();
      front = null;
      background = null;
    },
    running: () => [front, background].flatMap((performance) => performance?.state() ?? []),
  };
}

interface Performance {
  scenario: ScenarioFile;
  /** Plays on from the next episode, or from the start; calls `ended` when it is over by itself. */
  play(ended: () => void): void;
  /** Stops at once and undoes what it did. */
  cut(): void;
  state(): PlayerState;
}

interface PerformanceDeps extends Omit<ScenarioPlayerDeps, 'scenarios'> {
  scenario: ScenarioFile;
}

function createPerformance({ scenario, perform, clock, log, seed }: PerformanceDeps): Performance {
  const random = createRandom(seedOf(scenario.name, seed));
  const cancels = new Set<() => void>();
  const undos: Undo[] = [];
  let queue: Episode[] = [];
  let episode: Episode | null = null;
  let startedMs = clock.now();
  let paused = true;
  let endsMs: number | null = null;
  let ended: () => void = () => undefined;

  const after = (seconds: number, fn: () => void) => {
    const cancel = clock.after(seconds * 1000, () => {
      cancels.delete(cancel);
      fn();
    });
    cancels.add(cancel);
  };

  function restore(): void {
    for (const cancel of cancels) cancel();
    cancels.clear();
    for (let undo = undos.pop(); undo; undo = undos.pop()) undo();
    episode = null;
  }

  function next(): void {
    if (queue.length === 0) {
      if (!scenario.repeat || scenario.episodes.length === 0) {
        finish();
        return;
      }
      queue = ordered(scenario, random);
    }
    const [upcoming, ...rest] = queue;
    queue = rest;
    const { min, max } = scenario.pauseS;
    const pauseS = min + random() * (max - min);
    if (pauseS > 0) after(pauseS, () => begin(upcoming!));
    else begin(upcoming!);
  }

  function begin(upcoming: Episode): void {
    episode = upcoming;
    log.info({ scenario: scenario.name, episode: upcoming.id }, 'episode starts');
    after(upcoming.lastsS, () => {
      restore();
      next();
    });
    for (const step of upcoming.steps) {
      if (step.atS === 0) act(step);
      else after(step.atS, () => act(step));
    }
  }

  function act(step: ScenarioStep): void {
    let undo: Undo;
    try {
      undo = perform(step);
    } catch (err) {
      // One step that cannot be done (a camera farm that knows no such clip) does not end the scenario.
      log.error({ err, scenario: scenario.name, step: step.do }, 'a step could not be done');
      return;
    }
    undos.push(undo);
    if ('forS' in step && step.forS !== undefined) {
      after(step.forS, () => {
        const at = undos.indexOf(undo);
        if (at < 0) return;
        undos.splice(at, 1);
        undo();
      });
    }
  }

  function finish(): void {
    // A scenario without episodes is a state of quiet that lasts.
    if (scenario.episodes.length === 0 && scenario.background) return;
    paused = true;
    endsMs = null;
    ended();
  }

  return {
    scenario,
    play(whenEnded) {
      ended = whenEnded;
      paused = false;
      startedMs = clock.now();
      queue = scenario.repeat && queue.length > 0 ? queue : ordered(scenario, random);
      const lastsS = queue.reduce((sum, { lastsS: one }) => sum + one, 0);
      endsMs = scenario.repeat || scenario.background || scenario.pauseS.max > 0 ? null : startedMs + lastsS * 1000;
      next();
    },
    cut() {
      restore();
      paused = true;
      endsMs = null;
    },
    state: () => ({
      name: scenario.name,
      startedAt: new Date(startedMs).toISOString(),
      episode: episode?.id ?? null,
      endsAt: endsMs === null ? null : new Date(endsMs).toISOString(),
      paused,
    }),
  };
}

function ordered({ episodes, order }: ScenarioFile, random: () => number): Episode[] {
  const list = [...episodes];
  if (order === 'listed') return list;
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}
