import { may, type Permission } from '@kuzet/contracts/user.ts';
import { type ComponentType, render } from 'preact';
import { language, say } from './i18n.ts';
import { createLiveClient, type LiveClient } from './live-client.ts';
import { signInFromFragment } from './session.ts';
import { SignInForm } from './sign-in-form.tsx';
import './styles/base.css';
import './styles/live-page.css';
import { clockTime, shortTimer } from './time.ts';
import { common } from './words/common.ts';

/**
 * Every page that shows the city starts here: signs in (by the address's fragment or the form), keeps the live line, and
 * lays the bar of a lost link over whatever `Page` shows.
 */
export async function startLivePage(
  name: string,
  needs: Permission,
  Page: ComponentType<{ live: LiveClient }>,
): Promise<void> {
  document.documentElement.lang = language.value;
  const root = document.getElementById('app') as HTMLElement;
  await signInFromFragment();
  const live = createLiveClient(name);

  function Frame() {
    if (live.link.value === 'signed-out') return <SignInForm onSignedIn={() => location.reload()} />;
    const user = live.user.value;
    if (live.link.value === 'forbidden' || (user && !may(user.role, needs))) {
      return <Notice text={say(common.forbidden)} />;
    }
    if (!user) return <Notice text={say(common.connecting)} />;
    return (
      <>
        <LinkBar live={live} />
        <Page live={live} />
      </>
    );
  }
  render(<Frame />, root);
}

const Notice = ({ text }: { text: string }) => (
  <main class="notice">
    <p>{text}</p>
    <a href="/">Kuzet</a>
  </main>
);

/** Inverted bar while the hub is not heard: how long, and how old the screen is. */
export function LinkBar({ live }: { live: LiveClient }) {
  if (live.link.value === 'live') return null;
  const heardAt = live.heardAt.value;
  if (heardAt === null) return null;
  const age = shortTimer(live.second.value - heardAt);
  return (
    <div class="link-bar" role="alert">
      {say(common.noLink, { age, time: clockTime(heardAt) })}
    </div>
  );
}
