/** What evidence is asked about for a request: the model its body names, or what its address names where the dialect goes by that. */
import type { Provider } from '../providers/types';

/** Longer ones are no names: pages may send anything. */
const MOST_CHARS = 256;

export function subjectOf(provider: Provider, { url, model }: { readonly url: string; readonly model: string | undefined }): string | undefined {
  const subject = provider.subjectOf?.(url) ?? model;
  return subject === undefined || subject.length > MOST_CHARS ? undefined : subject;
}
