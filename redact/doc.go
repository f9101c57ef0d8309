// Package redact replaces known secrets in text by tags that say which secret,
// and which version of it, leaked:
//
//	dial postgres: password authentication failed for "app:[REDACTED:payments/db/password@v7]"
//
// A [Matcher] is an immutable snapshot of a set of secrets. It finds every
// spelling of every one: as it is, escaped for JSON, URLs, shells or markup, in
// base64, hexadecimal and more; [Forms] lists them. A [Source] provides the
// Matcher to use now; a Matcher is its own Source, and a registry that is fed
// while the program runs is another. Text goes through [Matcher.String] and
// [Matcher.Append], records such as log lines through a [RecordWriter], streams
// in which secrets may span writes through a [StreamWriter] or [NewReader].
// Adapters for loggers and servers use a [Sink].
//
// # Guarantees
//
//   - Cover. After redaction no byte is left that belonged to an occurrence of
//     any form of a secret, overlapping and nested occurrences included. Those
//     that share bytes become one tag, which names the secrets leftmost first.
//   - Nothing else. Other bytes are unchanged and in order. Text without a secret
//     comes back as the same string, without allocation.
//   - Chunking is invisible. Under one snapshot, any split of a stream into writes
//     gives the same bytes. Only bytes that may still begin a secret or a tag are
//     held back, and held bytes never go out unscanned.
//   - Idempotent. Under one snapshot, redacting twice equals redacting once. Tags
//     that the snapshot can emit are passed over; text that only looks like one
//     is scanned. (The exceptions are a value that ends in half an escape, next to
//     another that completes it; one that contains ESC or begins with line ends;
//     and with [SinkJSON] one that the quotes around a tag complete.)
//   - One event, one snapshot. An [Event] uses one Matcher throughout; a stream
//     uses the one current at each write, and scans what it held back anew.
//   - Linear. Time is linear in the text, whatever the text and the secrets.
//   - Loud. A secret that cannot be matched is refused by a typed error that names
//     it. A nil Source panics where it is passed in, and one that returns nil, or
//     [Closed], turns everything into [REDACTED:unavailable].
//   - Hidden. No type of this package shows a value to a formatter or encoder.
//
// # Limits
//
// A value of fewer than [DefaultMinLength] bytes is refused unless it asks for
// less. A value that is split over two events (two log attributes, say) is not
// found. Spellings outside the list, such as compressed or encrypted text, are
// not found. Whoever can read the memory of the process can read its secrets:
// the tables of a Matcher hold them. [WithGuardedMemory] and [NewGuardedSecret]
// keep them out of core dumps and swap.
//
// Where an escape sequence of JSON shares characters with a match, all of it is
// replaced, so that what was JSON stays JSON.
//
// A cut value (at the end of a text, or before an ellipsis) is redacted if at
// least eight bytes of it are left beyond what innocent text shares, such as the
// scheme of a URL, and tagged [REDACTED:name@version~prefix]. [SinkNoCut] turns
// that off for what goes to remote peers.
package redact
