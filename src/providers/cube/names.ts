/** Cocos is the protocol, an agent of it is what answers: a reference value for Cube names both. */
export const DIALECT = 'cocos';
export const ROLE = 'agent';
