// Package zapredact keeps registered secrets out of what go.uber.org/zap writes.
//
// [WrapCore] wraps the core of a logger, [NewCore] any core. Messages, logger
// names, stacks, caller paths, and keys and values of every field type are
// redacted before the wrapped core sees them; what holds no secret is passed on
// as it is. Make it the outermost wrapper: hooks and samplers inside see redacted
// entries, and the panic of Panic and DPanic carries the redacted message, even
// where the level is disabled or the sampler dropped the entry.
//
//	logger, err := zap.NewProduction(zapredact.WrapCore(src),
//		zap.ErrorOutput(zapredact.NewWriteSyncer(zapcore.Lock(os.Stderr), src)))
//
// # Bound fields
//
// Fields of With and WithLazy are kept as they were bound and bound anew when the
// snapshot of secrets changes and that changes what they show. While it stays the
// same this costs one comparison. Fields that were bound before the core was
// wrapped are in the wrapped core's buffer, out of reach: wrap first, or put
// [NewWriteSyncer] under the encoder, which is the second line of defence for
// this and for whatever an encoder or a core inside adds.
//
// # Limits
//
// Values of zap.Reflect are looked at as JSON, which is what zap's encoders write,
// and, if there is a core that is not zap's own, as fmt prints them too, unexported
// fields included. What only a custom NewReflectedEncoder shows, or a core that
// follows pointers to unexported fields, needs the write syncer. A panic within
// a marshaler passes through with its own value, as it does without this package.
// The hook of zap.WithFatalHook and zap.WithPanicHook sees redacted fields and the
// redacted message, but the stack as it is; [WrapHook] covers that too. Among the
// children of a Tee the first that takes an entry decides what a panic shows:
// wrap the Tee, not a child.
package zapredact
