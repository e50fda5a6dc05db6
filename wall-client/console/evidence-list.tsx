import type { EvidenceItem, EvidenceList as Listing } from '@kuzet/contracts/evidence.ts';
import type { Incident } from '@kuzet/contracts/incident.ts';
import { useEffect, useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';
import { say } from '../kit/i18n.ts';
import { LostSymbol } from '../kit/symbols.tsx';
import { clockTime } from '../kit/time.ts';
import { evidenceWords as words } from '../kit/words/evidence.ts';

const lookAgainMs = 3_000;
const settledLookMs = 30_000;

/** What the incident keeps of its cameras: each clip and still with its state, to download when it is there. */
export function EvidenceList({ incident }: { incident: Incident }) {
  const [listing, setListing] = useState<Listing | null>(null);
  const [failed, setFailed] = useState(false);
  const { id } = incident;

  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    setListing(null);
    const look = async () => {
      const answer = await call<Listing>('GET', `/incidents/${id}/evidence`);
      if (over) return;
      setFailed(!answer.ok);
      if (answer.ok) setListing(answer.value);
      const settled =
        answer.ok && answer.value.items.every(({ state }) => state === 'ready' || state === 'unavailable');
      timer = setTimeout(() => void look(), settled ? settledLookMs : lookAgainMs);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [id]);

  const items = listing?.items ?? [];
  return (
    <section class="evidence">
      <h2>
        {say(words.title)}
        {listing?.manifest && (
          <a class="side" href={`/api/v1/incidents/${id}/evidence/${listing.manifest.file}`} download>
            {say(words.signed, { time: clockTime(listing.manifest.signedAt) })}
          </a>
        )}
      </h2>
      {failed && <p class="side">{say(words.notLoaded)}</p>}
      {listing && items.length === 0 && <p class="side">{say(words.none)}</p>}
      <ul>
        {items.map((item) => (
          <Line key={item.id} incidentId={id} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Line({ incidentId, item }: { incidentId: string; item: EvidenceItem }) {
  const gaps = item.files.flatMap((file) => file.gaps).length;
  return (
    <li class={item.state}>
      <b class="num">{item.camera}</b>
      <span>
        {say(item.kind === 'clip' ? words.clip : words.still)} <time class="num">{clockTime(item.from)}</time>
        {item.kind === 'clip' && (
          <>
            –<time class="num">{clockTime(item.to)}</time>
          </>
        )}
      </span>
      <span class="state">
        {item.state === 'unavailable' && (
          <>
            <LostSymbol color="var(--t1)" /> {say(words.unavailable)}: {item.reason}
          </>
        )}
        {item.state === 'waiting' && `${say(words.waiting)}${item.reason ? `: ${item.reason}` : ''}`}
        {item.state === 'recording' && say(words.recording, { time: clockTime(item.to) })}
        {item.state === 'ready' &&
          item.files.map((file) => (
            <a
              key={file.name}
              href={`/api/v1/incidents/${incidentId}/evidence/${file.name}`}
              download
              title={`${file.name}\nSHA-256 ${file.sha256}`}
            >
              {say(words.download, { n: Math.ceil(file.sizeBytes / 1_000) })}
            </a>
          ))}
        {gaps > 0 && <span class="gaps"> · {say(words.gaps, { n: gaps })}</span>}
      </span>
    </li>
  );
}
