/** What the registry must come to: roles, registrations and regions as a test keeps them, one transaction at a time. */
export interface Holder {
  readonly mspId: string;
  readonly subject: string;
}

export type RegistryAction =
  | { readonly kind: 'grant' | 'revoke'; readonly holder: Holder }
  | {
      readonly kind: 'register';
      readonly grid: string;
      readonly fogNode: string;
      readonly holder: Holder;
      readonly regions: readonly string[];
    }
  | { readonly kind: 'assign'; readonly grid: string; readonly region: string; readonly fogNode: string }
  | {
      readonly kind: 'submit';
      readonly holder: Holder;
      readonly grid: string;
      readonly fogNode: string;
      readonly region: string;
    };

interface Registration {
  readonly holder: string;
  readonly regions: readonly string[];
}

const idOf = (...parts: readonly string[]): string => JSON.stringify(parts);
const holderId = ({ mspId, subject }: Holder): string => idOf(mspId, subject);

export class RegistryModel {
  #fogHolders: Set<string>;
  #fogNodes = new Map<string, Registration>();
  #serving = new Map<string, string>();

  /** @param fogHolders - who holds the role `fog` from the start. */
  constructor(fogHolders: readonly Holder[]) {
    this.#fogHolders = new Set(fogHolders.map(holderId));
  }

  /** What `apply` would return, without doing it. */
  verdict(action: RegistryAction): string {
    const copy = new RegistryModel([]);
    copy.#fogHolders = new Set(this.#fogHolders);
    copy.#fogNodes = new Map(this.#fogNodes);
    copy.#serving = new Map(this.#serving);
    return copy.apply(action);
  }

  /** Does it. @returns the status of its receipt, or the code of its refusal. */
  apply(action: RegistryAction): string {
    switch (action.kind) {
      case 'grant':
      case 'revoke':
        return this.#setRole(action.holder, action.kind === 'grant');
      case 'register':
        return this.#register(action);
      case 'assign':
        return this.#assign(action);
      case 'submit':
        return this.#submit(action);
    }
  }

  #setRole(holder: Holder, granted: boolean): string {
    const id = holderId(holder);
    if (this.#fogHolders.has(id) === granted) return 'duplicate';
    if (granted) this.#fogHolders.add(id);
    else this.#fogHolders.delete(id);
    return 'accepted';
  }

  #register({ grid, fogNode, holder, regions }: RegistryAction & { kind: 'register' }): string {
    const existing = this.#fogNodes.get(idOf(grid, fogNode));
    if (existing) {
      const same = existing.holder === holderId(holder) && idOf(...existing.regions) === idOf(...regions);
      return same ? 'duplicate' : 'FOG_NODE_EXISTS';
    }
    if (regions.some((region) => this.#serving.has(idOf(grid, region)))) return 'FOG_NODE_EXISTS';
    this.#fogNodes.set(idOf(grid, fogNode), { holder: holderId(holder), regions });
    for (const region of regions) this.#serving.set(idOf(grid, region), fogNode);
    return 'accepted';
  }

  #assign({ grid, region, fogNode }: RegistryAction & { kind: 'assign' }): string {
    const next = this.#fogNodes.get(idOf(grid, fogNode));
    if (!next) return 'FOG_NODE_UNKNOWN';
    const previousId = this.#serving.get(idOf(grid, region));
    if (previousId === fogNode) return 'duplicate';
    const previous = this.#fogNodes.get(idOf(grid, previousId ?? ''));
    if (previous && previousId !== undefined) {
      const regions = previous.regions.filter((each) => each !== region);
      this.#fogNodes.set(idOf(grid, previousId), { ...previous, regions });
    }
    this.#fogNodes.set(idOf(grid, fogNode), { ...next, regions: [...next.regions, region] });
    this.#serving.set(idOf(grid, region), fogNode);
    return 'accepted';
  }

  #submit({ holder, grid, fogNode, region }: RegistryAction & { kind: 'submit' }): string {
    if (!this.#fogHolders.has(holderId(holder))) return 'ROLE_REQUIRED';
    const registered = this.#fogNodes.get(idOf(grid, fogNode));
    if (!registered) return 'FOG_NODE_UNKNOWN';
    if (registered.holder !== holderId(holder)) return 'NOT_YOUR_FOG_NODE';
    return this.#serving.get(idOf(grid, region)) === fogNode ? 'accepted' : 'NOT_YOUR_REGION';
  }
}
