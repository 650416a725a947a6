/** What an error code means: its class (errors.ts) and its sentence, in which `{name}` is replaced by the fact of that name. */
export type ErrorKind = 'decode' | 'validation' | 'authorisation' | 'conflict' | 'proof' | 'not-found';

export interface ErrorDefinition {
  readonly kind: ErrorKind;
  readonly says: string;
}
