/**
 * Does `work` for each item, `depth` of them at a time, and gives the results in the order of the items. Chained, stages of a pipeline run side by side.
 * Ends with the first failure; what is still under way then is let go.
 */
export async function* inFlight<T, U>(
  items: Iterable<T> | AsyncIterable<T>,
  depth: number,
  work: (item: T) => Promise<U>,
): AsyncGenerator<U> {
  const running: Promise<U>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited below, unless an earlier one fails.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= depth) yield (await running.shift()) as U;
  }
  for (const result of running) yield await result;
}

/** Runs what it is given, so many at a time, in the order they come. */
export function limited(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running < most) running++;
    else await new Promise<void>((start) => waiting.push(start));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
