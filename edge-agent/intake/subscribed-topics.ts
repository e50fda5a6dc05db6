/** Which topics anybody at a broker has subscribed to. */
export interface SubscribedTopics {
  add(filter: string): void;
  remove(filter: string): void;
  /** Whether a filter matches; asked with every message, answered from memory for a topic asked before. */
  has(topic: string): boolean;
}

/** Sensors publish on the same topics for ever; what never repeats must not fill the memory. */
const rememberedTopics = 50_000;

export function createSubscribedTopics(): SubscribedTopics {
  const filters = new Map<string, { levels: string[]; count: number }>();
  const answers = new Map<string, boolean>();
  return {
    add(filter) {
      answers.clear();
      const known = filters.get(filter);
      if (known) known.count++;
      else filters.set(filter, { levels: filter.split('/'), count: 1 });
    },
    remove(filter) {
      const known = filters.get(filter);
      if (!known) return;
      answers.clear();
      if (--known.count === 0) filters.delete(filter);
    },
    has(topic) {
      if (filters.size === 0) return false;
      let answer = answers.get(topic);
      if (answer === undefined) {
        const levels = topic.split('/');
        answer = [...filters.values()].some((filter) => matches(filter.levels, levels));
        if (answers.size >= rememberedTopics) answers.clear();
        answers.set(topic, answer);
      }
      return answer;
    },
  };
}

/** MQTT 3.1.1, 4.7: `+` is one level, `#` any number of them, none included. Topics beginning with `$` are not asked. */
function matches(filter: readonly string[], topic: readonly string[]): boolean {
  for (const [i, level] of filter.entries()) {
    if (level === '#') return true;
    if (i >= topic.length || (level !== '+' && level !== topic[i])) return false;
  }
  return filter.length === topic.length;
}
