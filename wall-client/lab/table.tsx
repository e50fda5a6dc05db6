import type { ComponentChildren } from 'preact';
import { language, say } from '../kit/i18n.ts';
import type { LiveClient } from '../kit/live-client.ts';
import { number, shortTimer } from '../kit/time.ts';
import { labWords as words } from '../kit/words/lab.ts';

export const fits = (find: string, ...texts: string[]) => texts.join(' ').toLowerCase().includes(find.toLowerCase());

export const ago = (live: LiveClient, at: string | null) =>
  at === null ? say(words.never) : say(words.ago, { age: shortTimer(live.second.value - Date.parse(at)) });

export function Table({
  heads,
  count,
  all,
  children,
}: {
  heads: string[];
  count: number;
  all: number;
  children: ComponentChildren;
}) {
  return (
    <>
      <p class="count num">
        {say(words.shown, { n: number(count, language.value), all: number(all, language.value) })}
      </p>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head}>{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </>
  );
}
