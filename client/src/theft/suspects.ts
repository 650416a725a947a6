/**
 * The control centre's list of suspects of a window, each with reasons in words, and what to look at next ("key monitoring", paper 002 section V.A).
 *
 * Run by the control centre on opened parts. A suspect is a candidate and never a culprit: an empty home, a new heater or a worn line look alike. Reasons name indicators, phases and hours, and
 * how much, which are facts about a person: the list stays with the control centre and those it works with.
 */
import {
  areaIndicators,
  INDICATOR_NAMES,
  type Indication,
  type IndicatorName,
  type Indicators,
  type JudgedSpan,
} from './indicators.js';
import type { AreaRecord } from './meter-series.js';
import type { Judgement, OutlierModel } from './outlier-model.js';

export interface Reason {
  readonly indicator: IndicatorName;
  /** In words, with figures. */
  readonly sentence: string;
  /** What to do in the next window to confirm it or to drop it. */
  readonly watch: string;
}

export interface Suspect {
  readonly meterId: string;
  readonly judgement: Judgement;
  readonly indicators: Indicators;
  /** The strongest one first; at least one. */
  readonly reasons: readonly Reason[];
}

/** An indicator is a reason from here on: standard deviations of honest meters. */
const REASON_Z = 3;

interface Wording {
  readonly says: (indication: Indication) => string;
  readonly watch: (indication: Indication) => string;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const less = (logarithm: number): string => percent(1 - Math.exp(-logarithm));

const WORDINGS: Readonly<Record<IndicatorName, Wording>> = {
  registerShortfall: {
    says: ({ value }) =>
      `The register counts ${percent(value)} less for the same voltage and current than before.`,
    watch: () => 'Compare the register with a check meter, and the seal and the order of the leads on site.',
  },
  lowPowerFactor: {
    says: ({ value }) => `The register counts ${percent(1 - value)} of what voltage and current make.`,
    watch: () => 'Ask for power factor and reactive power in the next reports: does the load explain it?',
  },
  areaShortfall: {
    says: ({ value }) =>
      `When it uses more, the supply of the area misses another ${percent(value)} of its readings, at least.`,
    watch: () => 'Watch the balance of the area with this meter left out, and with slots half as long.',
  },
  phaseLoss: {
    says: ({ value, phase }) => `L${phase} carries ${less(value)} less of the current than before.`,
    watch: ({ phase }) =>
      `Watch the voltage of L${phase} when the area is quiet: a load that is not counted still pulls it down.`,
  },
  lineDropRise: {
    says: ({ value }) => `Each counted ampere pulls the voltage down by ${percent(value)} more than before.`,
    watch: () =>
      'Compare with neighbours on the same line: a worn joint shows at theirs too, uncounted current does not.',
  },
  unexplainedDrop: {
    says: ({ value, phase }) =>
      `The voltage of L${phase} moves ${Math.exp(value).toFixed(1)} times as much as the counted current explains.`,
    watch: ({ phase }) =>
      `Take voltage and current of L${phase} every minute for a week, and look for steps in the one alone.`,
  },
  dailyZeros: {
    says: ({ value, hour }) =>
      `On ${percent(value)} of the days more than before nothing is counted in the hour from ${clock(hour)} UTC.`,
    watch: ({ hour }) => `Ask for a report at ${clock(hour)} UTC out of turn on days that are not announced.`,
  },
};

function clock(hour = 0): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

/** All meters of the area that the model calls suspects, the strongest suspicion first. */
export function suspectsOf(area: AreaRecord, span: JudgedSpan, model: OutlierModel): Suspect[] {
  const judged = areaIndicators(area, span).map((indicators, i) => ({
    meterId: area.meters[i]?.meterId ?? '',
    indicators,
    judgement: model.judge(indicators),
  }));
  return judged
    .filter(({ judgement }) => judgement.index > model.threshold)
    .sort((a, b) => b.judgement.index - a.judgement.index)
    .map((one) => ({ ...one, reasons: reasonsOf(one.indicators, one.judgement) }));
}

/** Indicators from three deviations on; the largest one when none is. */
export function reasonsOf(indicators: Indicators, { z }: Pick<Judgement, 'z'>): Reason[] {
  const descending = [...INDICATOR_NAMES].sort((a, b) => z[b] - z[a]);
  return descending
    .filter((name, place) => place === 0 || z[name] >= REASON_Z)
    .map((indicator) => {
      const { says, watch } = WORDINGS[indicator];
      const indication = indicators[indicator];
      return { indicator, sentence: says(indication), watch: watch(indication) };
    });
}
