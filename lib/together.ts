/**
 * Waits for all of the promises, like Promise.all, but until every one has settled even when one fails: what shares a
 * transaction must not go on after its rollback. Statements asked for together go to the database in one round trip.
 * @throws the failure of the first of them, in their order, that failed.
 */
export async function together<T extends readonly unknown[]>(
  promises: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(promises);
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value) as never;
}
