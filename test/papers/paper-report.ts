/** What `npm run papers` tells of one paper: the document gridveil/papers/v1 (client/schemas/papers-v1.schema.json). */
import type { Host } from '@gridveil/caliper/report/host.js';

/** `null` where there is nothing to compare. */
export type Cell = string | number | null;

export interface PaperTable {
  /** The paper's number, such as `II`, or a word for a table that the paper does not have. */
  readonly id: string;
  readonly title: string;
  /** With units. */
  readonly columns: readonly string[];
  /** As many cells as columns. */
  readonly rows: readonly (readonly Cell[])[];
}

export interface FigurePoint {
  readonly x: number;
  readonly y: number;
  /** Least and greatest of the repeats; both or none. */
  readonly low?: number;
  readonly high?: number;
}

export interface FigureSeries {
  readonly name: string;
  /** Whose cost it is; series of one scheme share a colour. */
  readonly scheme: string;
  readonly points: readonly FigurePoint[];
}

export interface PaperFigure {
  /** The paper's number, such as `5`, or `5-…` for one beside it. */
  readonly id: string;
  readonly title: string;
  readonly subtitle: string;
  readonly kind: 'lines' | 'bars';
  readonly x: { readonly name: string };
  readonly y: { readonly name: string; readonly log: boolean };
  readonly series: readonly FigureSeries[];
}

/** Where text, formula, table and figure of the paper disagree with each other or with the recomputation. */
export interface PaperRemark {
  readonly place: string;
  readonly remark: string;
}

export interface PaperFindings {
  /** What was computed and measured: ranges, repeats, sizes. */
  readonly parameters: Readonly<Record<string, string | number | boolean | readonly number[]>>;
  readonly tables: readonly PaperTable[];
  readonly figures: readonly PaperFigure[];
  readonly remarks: readonly PaperRemark[];
}

export interface PaperReport extends PaperFindings {
  readonly schema: 'gridveil/papers/v1';
  readonly paper: string;
  readonly title: string;
  readonly host: Host;
}

export interface StudyOptions {
  /** Few repeats over a short range: shows that all works, not how fast. */
  readonly quick: boolean;
  readonly progress: (line: string) => void;
}

/** One paper; the registry in main.ts lists them. */
export interface PaperStudy {
  /** Three digits. */
  readonly paper: string;
  readonly title: string;
  run(options: StudyOptions): Promise<PaperFindings>;
}

/** Four significant digits: no measurement here is better than that. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
