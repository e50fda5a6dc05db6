import { useState } from 'preact/hooks';
import { say } from './i18n.ts';
import { type SignInAnswer, signIn } from './session.ts';
import './styles/sign-in.css';
import { LanguageSwitch } from './language-switch.tsx';
import { signInWords as words } from './words/sign-in.ts';

/** Name and password; `onSignedIn` is called once the session stands. */
export function SignInForm({ onSignedIn }: { onSignedIn: () => void }) {
  const [answer, setAnswer] = useState<SignInAnswer | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    const result = await signIn(String(form.get('username')), String(form.get('password')));
    setBusy(false);
    setAnswer(result);
    if (result === 'signed-in') onSignedIn();
  };
  const fault =
    answer === 'wrong' ? words.wrong : answer === 'too-many' ? words.tooMany : answer === 'no-hub' ? words.noHub : null;

  return (
    <main class="sign-in">
      <form onSubmit={submit}>
        <header>
          <h1>Kuzet</h1>
          <LanguageSwitch />
        </header>
        <p class="sub">{say(words.title)}</p>
        <label>
          {say(words.username)}
          <input class="field" name="username" autocomplete="username" required autofocus />
        </label>
        <label>
          {say(words.password)}
          <input class="field" name="password" type="password" autocomplete="current-password" required />
        </label>
        <p class="fault" role="alert">
          {fault ? say(fault) : ''}
        </p>
        <button class="button primary" type="submit" disabled={busy}>
          {say(words.signIn)}
        </button>
      </form>
    </main>
  );
}
