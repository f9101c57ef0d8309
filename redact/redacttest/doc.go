// Package redacttest checks that a sink built on [redact] keeps its promises.
//
// It holds one corpus of cases (secrets, input, wanted output and why), which
// every engine path and every adapter must pass, and the runners for it:
//
//	func TestConformance(t *testing.T) {
//		redacttest.Run(t, func(t testing.TB, src redact.Source) redacttest.Sink {
//			var buf bytes.Buffer
//			l := slog.New(slogredact.NewHandler(slog.NewJSONHandler(&buf, nil), src))
//			return func(text string) string {
//				buf.Reset()
//				l.Info(text)
//				return decodeMessage(t, buf.Bytes())
//			}
//		})
//	}
//
// [Run] is for whatever takes one text and lets one text out: a log message, an
// attribute, a header. [RunStream] is for whatever takes a text in pieces.
// [Oracle] is a naive redactor to compare with, and [CheckHidden] looks for a
// value in everything that can be printed, encoded or walked to.
//
// The package imports testing and the standard library, and is meant for tests
// only.
package redacttest
