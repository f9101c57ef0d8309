// Package zerologredact keeps registered secrets out of what
// github.com/rs/zerolog writes.
//
// zerolog encodes fields as they are added, so the one place that sees all of an
// event is the writer. [NewWriter] stands between the logger and its output:
//
//	logger := zerolog.New(zerologredact.NewWriter(os.Stderr, src)).With().Timestamp().Logger()
//
// Each event is one JSON record: strings are matched as they read, whatever
// escapes spell them, keys too, and valid JSON stays valid; a number that is a
// secret becomes a string. Fields of a Context are part of every event they
// belong to, so a secret that is registered after With is redacted all the same.
// An event without a secret goes out byte for byte as it came.
//
// # Where to put it
//
// Innermost, around the final output, or around the whole composition; both are
// safe. Around a [zerolog.ConsoleWriter] it sees JSON before the console parses
// it; as the console's Out it sees the coloured line, quoted. Under
// [zerolog.MultiLevelWriter] a child that is not wrapped gets the raw event:
// wrap the whole. Around the writer of zerolog/journald, which spells keys anew.
//
// # What a writer cannot see
//
// Logger.Panic panics with the raw message once the event is written, and
// zerolog offers no hook to change it (a Hook can only add a second "message").
// The value reaches whoever recovers, httpmw.Recoverer for one, which redacts it,
// or else the runtime's crash report on standard error, which a wrapper process
// such as "tagout run" redacts. Do not recover and panic again with redacted
// text: the runtime prints both. Fields that a program reads back from a context
// or a hook are the program's own.
//
// With the build tag binary_log zerolog writes CBOR, in which lengths precede
// strings, so that none can be replaced in place. NewWriter then panics rather
// than let anything through.
package zerologredact
