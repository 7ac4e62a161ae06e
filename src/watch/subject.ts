/** What evidence is asked about for a request: the model its body names, or what its address names where the dialect goes by that. */
import type { Provider } from '../providers/types';

/** Longer ones are no names: pages may send anything. */
const MOST_CHARS = 256;

export function subjectOf(provider: Provider, { url, model }: { readonly url: string; readonly model: string | undefined }): string | undefined {
  // Where addresses name it, a body's model is something else: it must never be asked about in the subject's place.
  const subject = provider.subjectOf === undefined ? model : provider.subjectOf(url);
  return subject === undefined || subject.length > MOST_CHARS ? undefined : subject;
}

/** What a request gave as a name, where it may be one. */
export const nameOf = (given: string | undefined): string | undefined => (given === undefined || given.length > MOST_CHARS ? undefined : given);
