import type { ComponentChildren } from 'preact';
import { LanguageSwitch } from './language-switch.tsx';
import type { LiveClient } from './live-client.ts';
import { signOut } from './session.ts';
import './styles/top-bar.css';
import { say } from './i18n.ts';
import { clockTime } from './time.ts';
import { common } from './words/common.ts';

/** The line on top of every desk: where one is, what is connected, the hub's clock, who one is, the language. */
export function TopBar({ live, title, children }: { live: LiveClient; title: string; children?: ComponentChildren }) {
  const demo = [...live.tables.system.value.values()].some((system) => system.demo);
  return (
    <header class="top-bar">
      <a class="logo" href="/">
        Kuzet
      </a>
      <span>{title}</span>
      {children}
      {demo && <span class="demo">{say(common.demo)}</span>}
      <span class="clock num">{clockTime(live.second.value)}</span>
      <button class="who" type="button" title={say(common.signOut)} onClick={() => void signOut()}>
        {live.user.value?.displayName}
      </button>
      <LanguageSwitch />
    </header>
  );
}

/** A dot-led fact: grey while it is as it should be, inverted when it is not. */
export const Fact = ({ label, value, wrong }: { label: string; value: string; wrong?: boolean }) => (
  <span class={wrong ? 'fact inverted' : 'fact'}>
    <i class="dot" />
    {label} <b class="num">{value}</b>
  </span>
);
