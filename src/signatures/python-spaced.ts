/** JSON text as Python's `json.dumps(value)` writes it by default: `", "` and `": "` between tokens, ASCII alone. */
import { pythonCompact } from './python-json';

const BETWEEN = /"(?:[^"\\]|\\.)*"|[,:]/g;

/** Rewrites one well-formed JSON text (checked before by the strict reader); `undefined` where that cannot be done without guessing. */
export const pythonSpaced = (json: string): string | undefined => pythonCompact(json)?.replace(BETWEEN, (token) => (token.startsWith('"') ? token : `${token} `));
