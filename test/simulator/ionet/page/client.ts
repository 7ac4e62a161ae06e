/** The real `openai` client, pointed at the simulated API the way a web chat would use it. */
import OpenAI from 'openai';

export const API = 'https://api.intelligence.io.net/v1';

/** io.net's completions lie at /private/completions; the client asks for {baseURL}/chat/completions. Nothing else is changed. */
const atTheirPath: typeof fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  return fetch(url.replace('/chat/completions', '/completions'), init);
};

export const clientWith = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `${API}/private`, dangerouslyAllowBrowser: true, fetch: atTheirPath, maxRetries: 0 });
