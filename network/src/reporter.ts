/** How a long command tells what it does: one timed line per finished step, and progress in between. */

export interface Reporter {
  /** A finished step. */
  step(text: string): void;
  /** What is going on right now: overwritten on a terminal, a line every ten seconds elsewhere. */
  progress(text: string): void;
}

/** Says nothing: for tests and for programs that start a network. */
export const SILENT: Reporter = { step: () => undefined, progress: () => undefined };

const PROGRESS_INTERVAL_MS = 10_000;
const ERASE_LINE = '\r\u001b[2K';

/** Timed lines on `out`, seconds since the call. */
export function lineReporter(out: NodeJS.WriteStream): Reporter {
  const startedMs = performance.now();
  let progressMs = startedMs;
  let open = false;
  const seconds = (): string => ((performance.now() - startedMs) / 1000).toFixed(2).padStart(7);
  return {
    step(text) {
      out.write(`${open ? ERASE_LINE : ''}${seconds()} s  ${text}\n`);
      open = false;
    },
    progress(text) {
      const line = `${seconds()} s  ${text}`;
      if (out.isTTY) {
        out.write(`${ERASE_LINE}${line.slice(0, 79)}`);
        open = true;
      } else if (performance.now() - progressMs >= PROGRESS_INTERVAL_MS) {
        progressMs = performance.now();
        out.write(`${line}\n`);
      }
    },
  };
}
