import { clock, seconds } from '../../lib/clock';
import { countDiscrepancies, countOpenRefunds, countSilent } from '../payments/service';
import { lastVerdict, type StoredVerdict } from '../quota/service';
import {
  countOpenTasks,
  countOverdue,
  countParked,
  currentPause,
  typePauses,
  type Pause,
  type TypePause,
} from '../tasks/service';
import { lastDays, type DayFigures } from './daily-figures';

export type Overview = {
  days: DayFigures[];
  openTasks: Awaited<ReturnType<typeof countOpenTasks>>;
  stuck: {
    silentOrders: number;
    overdue: number;
    uncertain: number;
    openRefunds: number;
    discrepancies: number;
    parked: number;
  };
  vendorPause: Pause | null;
  typePauses: TypePause[];
  verdict: StoredVerdict | null;
  countedAt: number;
};

const keepMs = seconds(5);
let kept: { at: number; overview: Promise<Overview> } | null = null;

/** What the dashboard tells; counted once in five seconds, however many look. */
export function overview(): Promise<Overview> {
  const now = clock.now();
  if (!kept || Math.abs(now - kept.at) > keepMs) {
    const counted = countAll();
    kept = { at: now, overview: counted };
    counted.catch(() => {
      kept = null;
    });
  }
  return kept.overview;
}

async function countAll(): Promise<Overview> {
  const [days, openTasks, silentOrders, overdue, parked] = await Promise.all([
    lastDays(),
    countOpenTasks(),
    countSilent(),
    countOverdue(),
    countParked(),
  ]);
  const [openRefunds, discrepancies, vendorPause, pauses, verdict] = await Promise.all([
    countOpenRefunds(),
    countDiscrepancies(),
    currentPause(),
    typePauses(),
    lastVerdict(),
  ]);
  const uncertain = openTasks.basic_clean.uncertain + openTasks.model_pose12.uncertain;
  return {
    days,
    openTasks,
    stuck: {
      silentOrders,
      overdue,
      uncertain,
      openRefunds: sum(openRefunds),
      discrepancies: sum(discrepancies),
      parked,
    },
    vendorPause,
    typePauses: pauses,
    verdict,
    countedAt: clock.now(),
  };
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((total, n) => total + n, 0);
