import { languages } from '@kuzet/contracts/common.ts';
import { incidentTypes, priorities, severities } from '@kuzet/contracts/incident.ts';
import { describe, expect, test } from 'vitest';
import { procedures } from './procedures.ts';
import { higherPriority, severityOf } from './severity.ts';

describe('[I7] every type of incident has a procedure', () => {
  test.each(incidentTypes)('%s: in three languages that differ, with ids of its own', (type) => {
    const steps = procedures[type];
    expect(steps.length).toBeGreaterThanOrEqual(3);
    expect(new Set(steps.map((step) => step.id)).size).toBe(steps.length);
    for (const step of steps) {
      expect(step.id).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
      expect(new Set(languages.map((language) => step.text[language].trim())).size).toBe(3);
    }
  });

  test('severity never falls when priority rises', () => {
    for (const type of incidentTypes) {
      const ranks = priorities.map((priority) => severities.indexOf(severityOf(type, priority)));
      expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
    }
    expect(severityOf('fire', 'critical')).toBe('extreme');
    expect(higherPriority('routine', 'critical')).toBe('critical');
    expect(higherPriority('high', 'routine')).toBe('high');
  });
});
