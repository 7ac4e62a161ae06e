/** What evidence is asked about for a request: the model its body names, what its address names where the dialect goes by that, or nothing where evidence is about no model. */
import type { Provider } from '../providers/types';

/** Longer ones are no names: pages may send anything. */
const MOST_CHARS = 256;

export function subjectOf(provider: Provider, { url, model }: { readonly url: string; readonly model: string | undefined }): string | undefined {
  // Where addresses name it, a body's model is something else: it must never be asked about in the subject's place.
  // Evidence that is about none serves all of them: asked for each, a page would have us ask as often as it names another.
  const subject = provider.subjectOf !== undefined ? provider.subjectOf(url) : provider.profile.needsModel ? model : undefined;
  return subject === undefined || subject.length > MOST_CHARS ? undefined : subject;
}

/** What a request gave as a name, where it may be one. */
export const nameOf = (given: string | undefined): string | undefined => (given === undefined || given.length > MOST_CHARS ? undefined : given);
