/**
 * The newest commit that a group of sessions knows of. Sessions of different organisations talk to different peers, and a
 * peer may be some blocks behind the one that reported a commit: whoever shares a horizon never reads what was there before
 * the others' transactions. Parties that run apart act on events of their own peer instead.
 */
export interface SeenCommit {
  readonly transactionId: string;
  readonly blockNumber: number;
}

export class CommitHorizon {
  #latest: SeenCommit | undefined;

  get latest(): SeenCommit | undefined {
    return this.#latest;
  }

  saw(commit: SeenCommit): void {
    if (this.#latest === undefined || commit.blockNumber > this.#latest.blockNumber) this.#latest = commit;
  }
}
