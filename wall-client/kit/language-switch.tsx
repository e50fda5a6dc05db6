import { languages } from '@kuzet/contracts/common.ts';
import { chooseLanguage, language } from './i18n.ts';
import './styles/language-switch.css';

const names = { kk: 'ҚАЗ', ru: 'РУС', en: 'ENG' } as const;

export function LanguageSwitch() {
  return (
    <fieldset class="language-switch" aria-label="Тіл · Язык · Language">
      {languages.map((code) => (
        <button
          key={code}
          type="button"
          lang={code}
          aria-pressed={language.value === code}
          onClick={() => chooseLanguage(code)}
        >
          {names[code]}
        </button>
      ))}
    </fieldset>
  );
}
