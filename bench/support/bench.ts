/** What a file beside bench/main.ts exports. It cleans up after itself also when it fails. */
export interface Bench {
  /**
   * @param args what stands behind the bench's name on the command line.
   * @returns the figures; they become the last line of output, as JSON.
   * @throws UsageError for arguments that cannot be understood.
   */
  run(args: readonly string[]): Promise<Record<string, unknown>>;
}

/** Progress, for people: standard output holds the result alone. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
