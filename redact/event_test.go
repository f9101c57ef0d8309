package redact

import (
	"testing"
)

// Record copies a record only if it changes, and asks for room only then
// (REDACT-2).
func TestRecord(t *testing.T) {
	m := mustMatcher(t, nil, "a@v1", "Kestrel-77-moorland")
	ev := NewSink(m, "test", SinkJSON()).Event()
	asked := 0
	room := func() []byte { asked++; return append(make([]byte, 0, 100), "before "...) }
	for _, clean := range []string{"", "\n", `{"a":"clean"}` + "\n", `{"a":"Kestrel-77 and not the rest"}`} {
		src := []byte(clean)
		if out := ev.Record(src, room); string(out) != clean || len(out) > 0 && &out[0] != &src[0] || asked != 0 {
			t.Errorf("%q becomes %q, room asked for %d times", clean, out, asked)
		}
	}
	src := []byte(`{"a":"Kestrel-77-moorland"}` + "\n")
	if out := ev.Record(src, room); string(out) != `before {"a":"[REDACTED:a@v1]"}`+"\n" || asked != 1 {
		t.Errorf("becomes %q, room asked for %d times", out, asked)
	}
	var zero Event
	if out := zero.Record(src, room); string(out) != "before "+unavailableTag+"\n" {
		t.Errorf("without a snapshot: %q", out)
	}
}

// Of two snapshots of one ID one is the other.
func TestID(t *testing.T) {
	m := mustMatcher(t, nil, "a@v1", "Kestrel-77-moorland")
	next, _ := m.Update([]Secret{NewSecret("b", "v1", []byte("another-value"))}, nil)
	same, _ := m.Update(nil, nil)
	seen := map[uint64]string{}
	for name, m := range map[string]*Matcher{"made": m, "updated": next, "updated with nothing": same, "closed": Closed(), "zero": new(Matcher), "made empty": mustMatcher(t, nil)} {
		if other, ok := seen[m.ID()]; ok {
			t.Errorf("%s and %s have the same ID", name, other)
		}
		seen[m.ID()] = name
		if m.ID() != m.Matcher().ID() || NewSink(m, "test").Event().Matcher().ID() != m.ID() {
			t.Errorf("%s: its ID changes", name)
		}
	}
}

// EventOf is an Event under a snapshot that the Source does not have any more;
// without one everything is redacted (REDACT-8).
func TestEventOf(t *testing.T) {
	old, now := mustMatcher(t, nil, "a@v1", "Kestrel-77-moorland"), mustMatcher(t, nil, "a@v2", "Kestrel-77-moorland")
	sink := NewSink(now, "test", SinkTagStyle(TagNamed))
	if got := sink.EventOf(old); got.Matcher() != old || got.String("Kestrel-77-moorland") != "[REDACTED:a]" {
		t.Errorf("redacts to %q", got.String("Kestrel-77-moorland"))
	}
	if got := sink.EventOf(nil).String("some text"); got != unavailableTag {
		t.Errorf("of nil: %q", got)
	}
	if got := string(NewSink(now, "test", SinkJSON()).EventOf(nil).AppendRecord(nil, []byte("{}\n"))); got != `"`+unavailableTag+"\"\n" {
		t.Errorf("of nil: a record becomes %q", got)
	}
}
