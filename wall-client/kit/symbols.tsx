import type { Priority } from '@kuzet/contracts/incident.ts';

/** Shape carries meaning before colour does. 24-unit box, sized by the font. */
interface SymbolProps {
  color?: string;
  ink?: string;
  class?: string;
}

const box = (className: string | undefined, children: preact.ComponentChildren) => (
  <svg viewBox="0 0 24 24" class={`sym ${className ?? ''}`} aria-hidden="true">
    {children}
  </svg>
);

export const CriticalSymbol = ({ color = 'var(--crit)', ink = 'var(--ink)', class: c }: SymbolProps) =>
  box(
    c,
    <>
      <path d="M12 1.6 23.4 21.6a.9.9 0 0 1-.8 1.3H1.4a.9.9 0 0 1-.8-1.3z" fill={color} />
      <path d="M10.7 8.6h2.6l-.4 7h-1.8zM10.8 17.4h2.4v2.4h-2.4z" fill={ink} />
    </>,
  );

export const HighSymbol = ({ color = 'var(--high)', ink = 'var(--ink)', class: c }: SymbolProps) =>
  box(
    c,
    <>
      <path d="M12 .8 23.2 12 12 23.2.8 12z" fill={color} />
      <path d="M10.8 6.3h2.4l-.3 6.9h-1.8zM10.9 15.2h2.2v2.3h-2.2z" fill={ink} />
    </>,
  );

export const RoutineSymbol = ({ color = 'var(--t2)', class: c }: SymbolProps) =>
  box(c, <rect x="4" y="4" width="16" height="16" fill="none" stroke={color} stroke-width="2.6" />);

export const PrioritySymbol = ({ priority, ...rest }: SymbolProps & { priority: Priority }) =>
  priority === 'critical' ? (
    <CriticalSymbol {...rest} />
  ) : priority === 'high' ? (
    <HighSymbol {...rest} />
  ) : (
    <RoutineSymbol {...rest} />
  );

export const TickSymbol = ({ color = 'var(--t2)', class: c }: SymbolProps) =>
  box(c, <path d="M4.5 12.6 9.8 18 19.8 6.6" fill="none" stroke={color} stroke-width="2.6" />);
export const LiveSymbol = ({ color = 'var(--t2)', class: c }: SymbolProps) =>
  box(c, <circle cx="12" cy="12" r="6" fill={color} />);
export const StalledSymbol = ({ color = 'currentColor', class: c }: SymbolProps) =>
  box(c, <path d="M6 4h4.4v16H6zM13.6 4H18v16h-4.4z" fill={color} />);
export const LostSymbol = ({ color = 'currentColor', class: c }: SymbolProps) =>
  box(c, <path d="m5 5 14 14M19 5 5 19" stroke={color} stroke-width="3.2" />);
export const BlackSymbol = ({ color = 'currentColor', class: c }: SymbolProps) =>
  box(c, <path d="M2 4h20v16H2z" fill={color} />);
export const UnchangedSymbol = ({ color = 'currentColor', class: c }: SymbolProps) =>
  box(c, <path d="M2 6h20v4H2zM2 14h20v4H2z" fill={color} />);
export const DashSymbol = ({ color = 'var(--t3)', class: c }: SymbolProps) =>
  box(c, <path d="M6 12h12" stroke={color} stroke-width="2.4" />);

/** Sent: dashed ring. Delivered: open ring, a machine has it. Accepted: filled tick, a person has it. */
export const SentSymbol = ({ color = 'currentColor', class: c }: SymbolProps) =>
  box(c, <circle cx="12" cy="12" r="7" fill="none" stroke={color} stroke-width="2.4" stroke-dasharray="3.4 3" />);
export const DeliveredSymbol = ({ color = 'currentColor', class: c }: SymbolProps) =>
  box(c, <circle cx="12" cy="12" r="7.4" fill="none" stroke={color} stroke-width="2.4" />);
export const AcceptedSymbol = ({ color = 'currentColor', ink = 'var(--s1)', class: c }: SymbolProps) =>
  box(
    c,
    <>
      <circle cx="12" cy="12" r="8.6" fill={color} />
      <path d="m7.6 12.4 3 3.1 5.8-6.6" fill="none" stroke={ink} stroke-width="2.2" />
    </>,
  );
