import { useEffect, useState } from 'preact/hooks';
import { call } from '../kit/api-client.ts';

interface SparklineProps {
  deviceId: string;
  metric: string;
  off: boolean;
}
interface Bucket {
  bucket: string;
  avg: number;
}

const spanMs = 8 * 3_600_000;
const width = 112;
const height = 24;

/** Eight hours of one metric. A gap in the data is a gap in the line; with fewer than two points there is no line. */
export function Sparkline({ deviceId, metric, off }: SparklineProps) {
  const [points, setPoints] = useState<Bucket[]>([]);
  useEffect(() => {
    const from = new Date(Date.now() - spanMs).toISOString();
    const query = new URLSearchParams({ deviceId, metric, from, bucket: '1m', limit: '600' });
    void call<{ items: Bucket[] }>('GET', `/readings?${query}`).then((answer) => {
      if (answer.ok) setPoints(answer.value.items);
    });
  }, [deviceId, metric]);
  if (points.length < 2) return null;

  const times = points.map((point) => Date.parse(point.bucket));
  const values = points.map((point) => point.avg);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  const end = Math.max(...times);
  const start = Math.min(...times);
  const x = (at: number) => ((at - start) / (end - start || 1)) * (width - 8) + 2;
  const y = (value: number) => height - 4 - ((value - low) / span) * (height - 8);
  const order = points.map((_, index) => index).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0));
  const path = order
    .map((index, at) => {
      const gap = at > 0 && (times[index] ?? 0) - (times[order[at - 1] ?? 0] ?? 0) > 30 * 60_000;
      return `${at === 0 || gap ? 'M' : 'L'}${x(times[index] ?? 0).toFixed(1)} ${y(values[index] ?? 0).toFixed(1)}`;
    })
    .join('');
  const last = order.at(-1) ?? 0;
  const color = off ? 'var(--high)' : 'var(--t2)';
  return (
    <svg class="sparkline" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <path d={path} fill="none" stroke={color} stroke-width="1.6" />
      <circle cx={x(times[last] ?? 0)} cy={y(values[last] ?? 0)} r="2.6" fill={off ? 'var(--high)' : 'var(--t1)'} />
    </svg>
  );
}
