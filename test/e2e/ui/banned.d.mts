export const BANNED: readonly string[];
