import '../kit/styles/base.css';
import { may, type User } from '@kuzet/contracts/user.ts';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { language, say } from '../kit/i18n.ts';
import { LanguageSwitch } from '../kit/language-switch.tsx';
import { signOut, whoAmI } from '../kit/session.ts';
import { SignInForm } from '../kit/sign-in-form.tsx';
import { common } from '../kit/words/common.ts';
import { signInWords as words } from '../kit/words/sign-in.ts';

const user = signal<User | null | 'asking'>('asking');

async function ask(): Promise<void> {
  const answer = await whoAmI();
  user.value = answer === 'no-hub' ? null : answer;
}

function Start() {
  if (user.value === 'asking') return null;
  if (user.value === null) return <SignInForm onSignedIn={ask} />;
  return <Choices user={user.value} />;
}

function Choices({ user }: { user: User }) {
  const view = may(user.role, 'view');
  const cards = [
    view && { href: '/wall/main/1', name: words.wall, hint: words.wallHint },
    view && { href: '/console', name: words.console, hint: words.consoleHint },
    may(user.role, 'desk') && { href: '/desk', name: words.desk, hint: words.deskHint },
    view && { href: '/city', name: words.city, hint: words.cityHint },
    may(user.role, 'engineer') && { href: '/lab', name: words.lab, hint: words.labHint },
    { href: '/docs', name: words.docs, hint: words.docsHint },
  ].filter((card) => card !== false);
  return (
    <main class="sign-in">
      <div class="choices">
        <header>
          <h1>Kuzet</h1>
          <LanguageSwitch />
        </header>
        <p class="sub">{say(words.choose)}</p>
        <nav class="cards">
          {cards.map((card) => (
            <a key={card.href} href={card.href}>
              {say(card.name)}
              <small>{say(card.hint, { screen: 1 })}</small>
            </a>
          ))}
        </nav>
        <footer>
          <span>{user.displayName}</span>
          <button class="button" type="button" onClick={() => void signOut()}>
            {say(common.signOut)}
          </button>
        </footer>
      </div>
    </main>
  );
}

document.documentElement.lang = language.value;
render(<Start />, document.getElementById('app') as HTMLElement);
void ask();
