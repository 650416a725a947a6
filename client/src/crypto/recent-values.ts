/** A cache of the few values that were used last, by name: prepared keys in worker threads. */
export class RecentValues<T> {
  readonly #values = new Map<string, T>();

  constructor(private readonly kept: number) {}

  /** The value of that name, made now when it is not there; the oldest ones go. */
  get(name: string, make: () => T): T {
    const known = this.#values.get(name);
    if (known !== undefined) return known;
    for (const oldest of this.#values.keys()) if (this.#values.size >= this.kept) this.#values.delete(oldest);
    const made = make();
    this.#values.set(name, made);
    return made;
  }
}
