/** The text that names a dstack application: hashed exactly as it came, read for the images it runs. */
import { asCoded, CodedError } from '../../checks/error';
import { utf8Bytes } from '../../encoding/bytes';
import { toHex } from '../../encoding/hex';
import { parseJson } from '../../encoding/json';
import { sha256 } from '@noble/hashes/sha2.js';
import { type ImageUse, readImages } from './images';

const CODE = 'COMPOSE_MALFORMED';
const MAX_TEXT = 1024 * 1024;

/** SHA-256 of the UTF-8 text, lower-case hex. */
export const composeHashOf = (appCompose: string): string => toHex(sha256(utf8Bytes(appCompose)));

export type ImagesReading =
  | { readonly kind: 'read'; readonly images: readonly ImageUse[] }
  /** Why the images cannot be told. */
  | { readonly kind: 'unread'; readonly why: string };

/** The images of an application's text; never raises on bad input. */
export function imagesOf(appCompose: string): ImagesReading {
  try {
    return { kind: 'read', images: readImages(dockerComposeIn(appCompose)) };
  } catch (error) {
    return { kind: 'unread', why: asCoded(error).detail };
  }
}

function dockerComposeIn(appCompose: string): string {
  const value = parseJson(appCompose, { code: CODE, maxLength: MAX_TEXT });
  if (!(value instanceof Map)) throw new CodedError(CODE, 'not an object');
  const runner = value.get('runner');
  if (runner !== 'docker-compose') throw new CodedError(CODE, `the runner ${typeof runner === 'string' ? runner.slice(0, 40) : 'is not named'}`);
  const file = value.get('docker_compose_file');
  if (typeof file !== 'string') throw new CodedError(CODE, 'no docker_compose_file');
  return file;
}
