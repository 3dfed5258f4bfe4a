import type { ReactElement } from 'react';

export type Series = { name: string; kind: 'first' | 'second' | 'bad' | 'pale'; values: readonly number[] };

type Props = {
  title: string;
  /** `2026-11-23`, one for each value. */
  days: readonly string[];
  /** Drawn one on the other. */
  series: readonly Series[];
  show: (value: number) => string;
};

const width = 560;
const height = 150;
const left = 56;
const top = 16;
const floor = 126;

/** Stacked bars, one a day, as plain SVG: its numbers stand in each day's title, and in a table for who does not see it. */
export function BarChart({ title, days, series, show }: Props): ReactElement {
  const totals = days.map((_, at) => series.reduce((sum, { values }) => sum + (values[at] ?? 0), 0));
  const most = niceCeiling(Math.max(1, ...totals));
  const step = (width - left) / days.length;
  const heightOf = (value: number): number => (value / most) * (floor - top);
  const words = (at: number): string => series.map(({ name, values }) => `${name} ${show(values[at] ?? 0)}`).join('，');

  return (
    <figure>
      <figcaption>
        <h3>{title}</h3>
      </figcaption>
      {series.length > 1 && (
        <p className="legend">
          {series.map(({ name, kind }) => (
            <span key={name} className={kind}>
              {name}
            </span>
          ))}
        </p>
      )}
      <svg
        className="chart"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}，近 ${days.length} 天`}
      >
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line x1={left} x2={width} y1={floor - heightOf(most * part)} y2={floor - heightOf(most * part)} />
            <text x={left - 6} y={floor - heightOf(most * part) + 4} textAnchor="end">
              {show(most * part)}
            </text>
          </g>
        ))}
        {days.map((day, at) => (
          <g key={day}>
            <title>{`${day}：${words(at)}`}</title>
            <rect className="mat" x={left + at * step} y={top} width={step} height={floor - top} />
            {stack(series, at).map(({ kind, from, value }) => (
              <rect
                key={kind}
                className={kind}
                x={round(left + at * step + step * 0.15)}
                width={round(step * 0.7)}
                y={round(floor - heightOf(from + value))}
                height={round(heightOf(value))}
              />
            ))}
            {(days.length - 1 - at) % 7 === 0 && (
              <text
                x={round(left + (at + (at === days.length - 1 ? 1 : 0.5)) * step)}
                y={height - 6}
                textAnchor={at === days.length - 1 ? 'end' : 'middle'}
              >
                {day.slice(5).replace('-', '/')}
              </text>
            )}
          </g>
        ))}
      </svg>
    </figure>
  );
}

function stack(series: readonly Series[], at: number): { kind: string; from: number; value: number }[] {
  let from = 0;
  const parts: { kind: string; from: number; value: number }[] = [];
  for (const { kind, values } of series) {
    const value = values[at] ?? 0;
    if (value > 0) parts.push({ kind, from, value });
    from += value;
  }
  return parts;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The next 2, 4, 6, 8 or 10 with zeros, so that half of it is whole too. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const nice = [1, 2, 4, 6, 8, 10].find((each) => each * power >= value) ?? 10;
  return Math.max(2, nice * power);
}
