//go:build !binary_log && !windows

package zerologredact_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"testing"

	"github.com/coreos/go-systemd/v22/journal"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/journald"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/zerologredact"
)

// ZERO-8: what journald is sent: the message, each field under a key made of the
// event's, and the event as a whole. zerolog spells keys anew, in capitals, and
// renders objects anew; both after the writer, which is why it must be outside.
func TestJournald(t *testing.T) {
	defer func() { journald.SendFunc = nil }()
	type entry struct {
		msg  string
		prio journal.Priority
		vars map[string]string
	}
	var sent []entry
	var failure error
	journald.SendFunc = func(msg string, prio journal.Priority, vars map[string]string) error {
		sent = append(sent, entry{msg, prio, vars})
		return failure
	}
	src := &redacttest.Switch{}
	src.Set(matcher(t, "v1", "kestrel-4471"))
	l := zerolog.New(zerologredact.NewWriter(journald.NewJournalDWriter(), src)).With().Str("bound", "at kestrel-4471").Logger()
	l.Warn().Str("k", "kestrel-4471").Str("kestrel-4471", "x").Interface("o", map[string]any{"kestrel-4471": []byte("kestrel-4471")}).
		Err(errors.New("e kestrel-4471")).Int("n", 3).Msg("m kestrel-4471")
	if len(sent) != 1 {
		t.Fatalf("%d entries", len(sent))
	}
	got := sent[0]
	leak(t, fmt.Sprintf("%q", got.vars), "kestrel-4471")
	leak(t, fmt.Sprintf("%q", got.vars), "KESTREL")
	delete(got.vars, "JSON")
	want := map[string]string{
		"K": tag, "BOUND": "at " + tag, "ERROR": "e " + tag, "N": "3", "O": `{"` + tag + `":"` + tag + `"}`,
		"X_REDACTED_DB_V1_": "x",
	}
	if got.msg != "m "+tag || got.prio != journal.PriWarning || !maps.Equal(got.vars, want) {
		t.Errorf("got  %q %d %q\nwant %q", got.msg, got.prio, got.vars, want)
	}

	// Without a match it is what a bare logger sends.
	sent = nil
	bare := zerolog.New(journald.NewJournalDWriter())
	clean := zerolog.New(zerologredact.NewWriter(journald.NewJournalDWriter(), src))
	for _, l := range []zerolog.Logger{bare, clean} {
		l.Error().Str("a b", "text").Float64("f", 1.5).Bool("b", true).Interface("nil", nil).Msg("clean")
	}
	if len(sent) != 2 || sent[0].msg != sent[1].msg || sent[0].prio != sent[1].prio || !maps.Equal(sent[0].vars, sent[1].vars) {
		t.Errorf("bare and ours: %v", sent)
	}

	// Its errors are redacted, and when nothing can be vouched for nothing is sent:
	// what takes the place of the event is no object, which zerolog refuses.
	old := zerolog.ErrorHandler
	defer func() { zerolog.ErrorHandler = old }()
	var reported error
	zerolog.ErrorHandler = func(err error) { reported = err }
	failure = fmt.Errorf("journal of kestrel-4471: %w", io.ErrClosedPipe)
	clean.Info().Msg("x")
	if !errors.Is(reported, io.ErrClosedPipe) {
		t.Errorf("got %v", reported)
	}
	leak(t, fmt.Sprint(reported), "kestrel-4471")
	sent, reported, failure = nil, nil, nil
	src.Set(redact.Closed())
	l.Info().Msg("kestrel-4471")
	if len(sent) != 0 || reported == nil {
		t.Errorf("unavailable: %v, sent %v", reported, sent)
	}
	leak(t, fmt.Sprint(reported), "kestrel-4471")
}
