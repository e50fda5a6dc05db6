export interface RetainedBudget {
  /** Whether a retained message of this size may be kept; a size of 0 takes the topic's message away. */
  take(topic: string, bytes: number): boolean;
}

/** aedes keeps retained messages in memory without a bound: topics with a number in them would fill it. */
export function createRetainedBudget(maxTopics = 10_000, maxBytes = 67_108_864): RetainedBudget {
  const sizes = new Map<string, number>();
  let total = 0;
  return {
    take(topic, bytes) {
      const before = sizes.get(topic);
      const after = total - (before ?? 0) + bytes;
      if (bytes > 0 && (after > maxBytes || (before === undefined && sizes.size >= maxTopics))) return false;
      total = after;
      if (bytes > 0) sizes.set(topic, bytes);
      else sizes.delete(topic);
      return true;
    },
  };
}
