/** Runs steps side by side and waits for all of them, so that a failure leaves none still at work. */

/** @returns what the steps gave, in their order. @throws the first error, after every step has ended */
export async function together<T>(steps: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(steps);
  const failed = results.find((result): result is PromiseRejectedResult => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
