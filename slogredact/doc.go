// Package slogredact keeps registered secrets out of what log/slog writes.
//
// [NewHandler] wraps any slog.Handler. Messages, attribute keys, group names and
// values of every kind are redacted before the wrapped handler sees them, as it
// would render them: a struct in the JSON that a JSON handler makes of it, or in
// the %+v form of a text handler. What holds no secret is passed on as it is, the
// same value of the same type, so that output without a match is byte-identical
// and a ReplaceAttr function below sees what it always saw. What holds one keeps
// its shape: an object stays an object.
//
// # Bound attributes
//
// Attributes of With and WithGroup are kept as they were bound and bound anew
// when the snapshot of secrets changes and that changes what they show: a secret
// that was registered afterwards is redacted, under the version current when the
// record is written. While the snapshot stays the same this costs one comparison.
// Values behind pointers are rendered when they are bound, as the handlers of
// log/slog do, and not looked at again. A hit in what is bound is reported when
// it is bound, not with each record.
//
// # What a wrapper cannot see
//
// What the wrapped handler adds itself (a trace id from the context, the source
// position, what ReplaceAttr returns), and a value that changes between our look
// at it and the handler's, is caught by a second line of defence under the
// handler, which sees bytes:
//
//	w := redact.NewRecordWriter(os.Stderr, src, redact.SinkJSON())
//	h := slogredact.NewHandler(slog.NewJSONHandler(w, nil), src)
//
// A secret of which one half stands in one attribute and one half in another is
// not found. Numbers keep their kind and are not looked at, unless [WithNumbers]
// is given. A map that contains itself, or nesting deeper than 100 levels, is
// shown as [REDACTED:depth] where a text handler would not come back from it.
package slogredact
