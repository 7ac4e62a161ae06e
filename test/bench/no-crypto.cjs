// The peer's package says that browsers have no `crypto` module; it then uses its own code.
module.exports = {};
