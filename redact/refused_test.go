package redact_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// TestRefused: what cannot be matched is refused by a typed error that names it
// and shows nothing of it; NewMatcher then gives no Matcher, Update takes the
// rest (REDACT-8).
func TestRefused(t *testing.T) {
	value := "kestrel-77-Moor/Lane"
	good := secret("good", value)
	for _, c := range []struct {
		name string
		bad  redact.Secret
		is   func(error) bool
	}{
		{"seven bytes", secret("bad", "kestrel"), as(func(e *redact.ShortSecretError) bool { return e.Name == "bad" && e.Len == 7 && e.Min == 8 })},
		{"one byte", secret("bad", "k"), as(func(e *redact.ShortSecretError) bool { return e.Len == 1 })},
		{"empty", secret("bad", ""), as(func(e *redact.BlankSecretError) bool { return e.Name == "bad" && e.Len == 0 })},
		{"spaces", secret("bad", strings.Repeat(" \t\r\n", 10)), as(func(e *redact.BlankSecretError) bool { return e.Len == 40 })},
		{"spaces, by permission", secret("bad", "         ").WithMinLength(4), as(func(e *redact.BlankSecretError) bool { return true })},
		{"five bytes with a minimum of six", secret("bad", "kestr").WithMinLength(6), as(func(e *redact.ShortSecretError) bool { return e.Min == 6 })},
		{"minimum of three", secret("bad", value).WithMinLength(3), as(func(e *redact.MinLengthError) bool { return e.Name == "bad" && e.Min == 3 && e.Smallest == 4 })},
		{"too long", secret("bad", strings.Repeat("k", redact.MaxLength+1)), as(func(e *redact.LongSecretError) bool { return e.Len == redact.MaxLength+1 && e.Max == redact.MaxLength })},
		{"holds the opener", secret("bad", "kestrel [REDACTED Moor"), as(func(e *redact.TagSecretError) bool { return e.Name == "bad" })},
		{"a tag", secret("bad", "[REDACTED:good@v1]"), as(func(e *redact.TagSecretError) bool { return e.Name == "bad" })},
		{"no name", secret("", value), as(func(e *redact.UnnamedSecretError) bool { return e.Index == 1 })},
		{"zero", redact.Secret{}, as(func(e *redact.UnnamedSecretError) bool { return e.Index == 1 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := redact.NewMatcher([]redact.Secret{good, c.bad})
			if m != nil || err == nil || !c.is(err) {
				t.Fatalf("NewMatcher = %v, %v", m, err)
			}
			if strings.Contains(err.Error(), "kestr") || len(err.Error()) > 300 {
				t.Errorf("the error shows the value: %.300v", err)
			}
			next, err := matcher(t, nil).Update([]redact.Secret{good, c.bad}, nil)
			if next == nil || err == nil || !c.is(err) {
				t.Fatalf("Update = %v, %v", next, err)
			}
			if got := next.String("<" + value + ">"); next.Len() != 1 || got != "<[REDACTED:good@v1]>" {
				t.Errorf("Update does not take the rest: %d, %q", next.Len(), got)
			}
		})
	}
}

func as[E error](ok func(E) bool) func(error) bool {
	return func(err error) bool {
		var e E
		return errors.As(err, &e) && ok(e)
	}
}

func TestRefusedAll(t *testing.T) {
	_, err := redact.NewMatcher([]redact.Secret{secret("one", "a"), secret("two", "b"), secret("three", "good-value"), secret("four", "\n")})
	for _, name := range []string{"one", "two", "four"} {
		if err == nil || !strings.Contains(err.Error(), `"`+name+`"`) {
			t.Errorf("%s is not named by %v", name, err)
		}
	}
}

func TestMinimum(t *testing.T) {
	for _, c := range []struct {
		name  string
		opts  []redact.Option
		s     redact.Secret
		taken bool
	}{
		{"eight bytes", nil, secret("s", "abcdefg1"), true},
		{"seven bytes", nil, secret("s", "abcdef1"), false},
		{"seven bytes, own minimum", nil, secret("s", "abcdef1").WithMinLength(7), true},
		{"four bytes, own minimum", nil, secret("s", "8351").WithMinLength(4), true},
		{"four bytes, default lowered", []redact.Option{redact.WithMinLength(4)}, secret("s", "8351"), true},
		{"nine bytes, default raised", []redact.Option{redact.WithMinLength(10)}, secret("s", "abcdefgh1"), false},
		{"nine bytes, default raised, own minimum", []redact.Option{redact.WithMinLength(10)}, secret("s", "abcdefgh1").WithMinLength(9), true},
		{"default too low", []redact.Option{redact.WithMinLength(3)}, secret("s", "abcdefgh1"), false},
	} {
		m, err := redact.NewMatcher([]redact.Secret{c.s}, c.opts...)
		if (err == nil) != c.taken || (m != nil) != c.taken {
			t.Errorf("%s: %v, %v", c.name, m, err)
		}
	}
}

func TestTagFormat(t *testing.T) {
	value := "kestrel-77-Moor/Lane"
	s := []redact.Secret{secret("a/b", value), redact.NewSecret("c", "", []byte("other-value"))}
	m := matcher(t, s, redact.WithTagFormat("(SECRET", ")"))
	if got := m.String(value + " other-value"); got != "(SECRET:a/b@v1) (SECRET:c)" {
		t.Errorf("got %q", got)
	}
	if got := m.String("(SECRET:a/b@v1) (SECRET:" + value + ") (SECRET) [REDACTED:a/b@v1]"); got != "(SECRET:a/b@v1) (SECRET:(SECRET:a/b@v1)) (SECRET) [REDACTED:a/b@v1]" {
		t.Errorf("got %q", got)
	}
	constant := redact.NewSink(m, "", redact.SinkTagStyle(redact.TagConstant)).Event()
	if got := constant.String("x" + value); got != "x(SECRET)" {
		t.Errorf("got %q", got)
	}
	if _, err := redact.NewMatcher([]redact.Secret{secret("a", "some (SECRET value")}, redact.WithTagFormat("(SECRET", ")")); !as(func(*redact.TagSecretError) bool { return true })(err) {
		t.Errorf("a value that contains the opener: %v", err)
	}
	for _, bad := range [][2]string{{"", ""}, {"[RE", "]"}, {"[REDACTED", ""}, {"[REDACTED", "]]"}, {"[REDACTED", "a"}, {"<SECRET", ">"}, {`"SECRET`, "]"}, {"[RED:", "]"}, {"[RED,X", "]"}, {"[RED@X", "]"}, {"[RED~X", "]"}, {"[RED+X", "]"}, {"[RED[X", "]"}, {"[R\x00DX", "]"}, {"[RÉDX", "]"}, {"[RED X", "]"}, {"[RED=X", "]"}, {"[RED\\X", "]"}, {"[" + strings.Repeat("X", 32), "]"}} {
		m, err := redact.NewMatcher(s, redact.WithTagFormat(bad[0], bad[1]))
		if m != nil || !as(func(*redact.TagFormatError) bool { return true })(err) {
			t.Errorf("tag format %q: %v", bad, err)
		}
	}
}

func TestTagStyles(t *testing.T) {
	s := []redact.Secret{redact.NewSecret("a", "v1", []byte("abcdefgX")), redact.NewSecret("a", "v2", []byte("Xvery-sensitive"))}
	text := "-abcdefgXvery-sensitive-"
	for style, want := range map[redact.TagStyle]string{
		redact.TagDefault:   "-[REDACTED:a@v1,a@v2]-",
		redact.TagVersioned: "-[REDACTED:a@v1,a@v2]-",
		redact.TagNamed:     "-[REDACTED:a]-",
		redact.TagConstant:  "-[REDACTED]-",
	} {
		if got := matcher(t, s, redact.WithTagStyle(style)).String(text); got != want {
			t.Errorf("matcher with style %d: %q", style, got)
		}
		if got := redact.NewSink(matcher(t, s), "", redact.SinkTagStyle(style)).Event().String(text); got != want {
			t.Errorf("sink with style %d: %q", style, got)
		}
	}
}

func TestObserver(t *testing.T) {
	obs := &observer{}
	m := matcher(t, []redact.Secret{secret("a", "kestrel-77-Moor"), redact.NewSecret("b", "", []byte("77-Moor/Lane"))}, redact.WithObserver(obs))
	ev := redact.NewSink(m, "test").Event()
	check := func(how string, want ...redact.Hit) {
		t.Helper()
		if len(obs.hits) != len(want) {
			t.Errorf("%s: %v, want %v", how, obs.hits, want)
		}
		for i := range min(len(want), len(obs.hits)) {
			if obs.hits[i] != want[i] {
				t.Errorf("%s: %v, want %v", how, obs.hits[i], want[i])
			}
		}
		obs.hits = nil
	}
	ev.String("nothing here")
	check("clean text")
	ev.Clean([]byte("kestrel-77-Moor"))
	for range m.Find([]byte("kestrel-77-Moor")) {
	}
	check("Clean and Find")
	a, b := redact.Hit{Name: "a", Version: "v1", Form: redact.FormRaw, Sink: "test"}, redact.Hit{Name: "b", Form: redact.FormRaw, Sink: "test"}
	ev.String("x kestrel-77-Moor kestrel-77-Moor/Lane")
	check("two ranges", a, a, b)
	stream(t, m, "x kestrel-77-Moor y", all(19), nil, redact.SinkName("other"))
	check("stream", redact.Hit{Name: "a", Version: "v1", Form: redact.FormRaw, Sink: "other"})
	updated(t, m, []redact.Secret{secret("c", "another-value")}, nil).String("another-value")
	check("after Update, no sink", redact.Hit{Name: "c", Version: "v1", Form: redact.FormRaw})
}
