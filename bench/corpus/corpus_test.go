package corpus

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestTextsHoldNoSecret(t *testing.T) {
	for _, kind := range []Kind{Mixed, Passwords} {
		patterns := Forms(Secrets(kind, 100))
		for _, style := range Styles {
			text := Text(style, 100_000)
			for _, p := range patterns {
				if strings.Contains(text, p.Text) {
					t.Errorf("%s holds %s of a secret", style, p.Form)
				}
			}
		}
	}
}

func TestSameEveryTime(t *testing.T) {
	for _, style := range Styles {
		if first, second := Text(style, 10_000), Text(style, 10_000); first != second {
			t.Errorf("two texts of %s differ", style)
		}
	}
	for _, kind := range Kinds {
		a, b := Secrets(kind, 50), Secrets(kind, 50)
		seen := map[string]bool{}
		for i := range a {
			if a[i] != b[i] || seen[a[i].Value] || len(a[i].Value) < 8 {
				t.Errorf("%s: secret %d", kind, i)
			}
			seen[a[i].Value] = true
		}
	}
}

func TestAlignedIsPartOfEveryEncodingAround(t *testing.T) {
	for n := 8; n < 14; n++ {
		v := "0123456789abcdef"[:n]
		for at := range 3 {
			for tail := range 3 {
				whole := base64.StdEncoding.EncodeToString([]byte("xyz"[:at] + v + "xyz"[:tail]))
				if core := aligned(v, at); !strings.Contains(whole, core) || len(core) < n*8/6-1 {
					t.Errorf("%q at %d: %q is not in %q", v, at, core, whole)
				}
			}
		}
	}
}

func TestPlant(t *testing.T) {
	secrets := Secrets(Tokens, 3)
	lines := Lines(Text(JSON, 20_000))
	dirty, want := Plant(lines, secrets, Raw(secrets), 4)
	planted := 0
	for i := range lines {
		if dirty[i] == lines[i] {
			if want[i] != lines[i] {
				t.Errorf("line %d is clean and must change", i)
			}
			continue
		}
		planted++
		ok := false
		for _, s := range secrets {
			ok = ok || strings.ReplaceAll(dirty[i], s.Value, Tag(s)) == want[i] && want[i] != dirty[i]
		}
		if !ok {
			t.Errorf("line %d: %q is not what becomes of %q", i, want[i], dirty[i])
		}
	}
	if planted < len(lines)/5 {
		t.Errorf("%d of %d lines planted", planted, len(lines))
	}
}

func TestHostileInputs(t *testing.T) {
	for _, h := range HostileInputs(50, 10_000) {
		if len(h.Text) < 5_000 || len(h.Secrets) == 0 {
			t.Errorf("%s: %d bytes, %d secrets", h.Name, len(h.Text), len(h.Secrets))
		}
		if h.Want != h.Text {
			continue
		}
		for _, s := range h.Secrets {
			if strings.Contains(h.Text, s.Value) {
				t.Errorf("%s is not clean", h.Name)
				break
			}
		}
	}
}
