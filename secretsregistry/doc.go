// Package secretsregistry knows which values are secret now, were until lately,
// or will be soon.
//
// A [Registry] is the write side of a [redact.Source]: values are put into it,
// and every adapter that was given the Registry redacts them from the moment
// Put returns. A rotated-out value stays under its own tag, because requests in
// flight, retry queues, error strings of connection pools and other replicas go
// on printing it.
//
//	reg := secretsregistry.New()
//	err := reg.Put(redact.NewSecret("payments/db/password", "v7", value))
//	logger := slog.New(slogredact.NewHandler(next, reg))
//
// A [Cache] feeds a Registry from a [Provider], which reads one secrets
// manager. Its order of commit is the promise of this package: a value is in
// force in the matcher before any caller, hook or watcher holds it.
//
// No type of this package shows a value to a formatter, an encoder or a walk by
// reflection. Errors carry names, lengths and classes, never values.
package secretsregistry
