// Package devmock is a secrets manager for development and tests: made-up,
// deterministic values, versions that rotate on demand, and faults that follow
// a script. It serves a [secretsregistry.Provider] in the process and, through
// [Manager.Handler], over HTTP.
//
// Its values are derived from the paths. They protect nothing and must not be
// used outside a developer's machine.
package devmock
