import '../kit/styles/base.css';
import './wall.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { createLiveClient, type LiveClient } from '../kit/live-client.ts';
import { signInFromFragment, whoAmI } from '../kit/session.ts';
import { SignInForm } from '../kit/sign-in-form.tsx';
import { WallPage } from './wall-page.tsx';

const [, , wallId = 'main', screenId = '1'] = location.pathname.split('/').map(decodeURIComponent);
const live = signal<LiveClient | null>(null);
const asking = signal(true);

function start(): void {
  live.value?.close();
  live.value = createLiveClient(`wall/${wallId}/${screenId}`);
}

/** A wall without keyboard signs in by its address; anyone else is asked. */
async function signInOrAsk(): Promise<void> {
  asking.value = true;
  await signInFromFragment();
  const who = await whoAmI();
  asking.value = false;
  // Without a hub the page stays up and the live client keeps trying: its own line says so.
  if (who !== null) start();
}

function Wall() {
  const client = live.value;
  if (asking.value) return null;
  if (!client || client.link.value === 'signed-out' || client.link.value === 'forbidden') {
    return <SignInForm onSignedIn={start} />;
  }
  return <WallPage live={client} wallId={wallId} screenId={screenId} />;
}

const root = document.getElementById('app');
if (root) render(<Wall />, root);
void signInOrAsk();
