package secretsregistry_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// 39: what of a field is redacted, and what is not.
func TestClassify(t *testing.T) {
	const rds = `{"username":"app","password":"hunter2-hunter2","engine":"postgres","host":"db.internal.example","port":5432,"dbname":"payments","ssl":true}`
	for _, c := range []struct {
		why     string
		field   string
		value   string
		rule    secretsregistry.FieldRule
		needles string // separated by |, values only
		refused string
	}{
		{"a password", "password", "hunter2-hunter2", 0, "hunter2-hunter2", ""},
		{"short, next to its key only", "pin", "abc123", 0, `pin=abc123|pin: abc123|pin:abc123|pin="abc123|pin='abc123|"pin":"abc123|"pin": "abc123`, "weak"},
		{"too short", "x", "abc", 0, "", "short"},
		{"a boolean", "ssl", "true", 0, "", "plain"},
		{"a port under another name", "listen", "5432", 0, "", "plain"},
		{"a word of the dictionary", "db", "postgres", 0, "", "plain"},
		{"a long number", "account", "123456789012", 0, "123456789012", ""},
		{"white space", "x", " \t\n         ", 0, "", "blank"},
		{"a placeholder", "password", "CHANGEME", 0, "", "placeholder"},
		{"a public key", "username", "application-user", 0, "", ""},
		{"a user name that a manager made up", "username", "v-token-ro-8fKq2LmX91zB", 0, "v-token-ro-8fKq2LmX91zB", ""},
		{"a public key, always", "username", "application-user", secretsregistry.FieldAlways, "application-user", ""},
		{"never", "password", "hunter2-hunter2", secretsregistry.FieldNever, "", ""},
		{"always, of 4 bytes", "pin", "9876", secretsregistry.FieldAlways, "9876", ""},
		{"always, of 3 bytes", "pin", "987", secretsregistry.FieldAlways, "", "short"},
		{"a URL: the password, raw and decoded", "url", "postgres://app:p%40ssword-1@db:5432/pay?sslmode=on", 0, "p%40ssword-1|p@ssword-1", ""},
		{"a URL with a secret parameter", "url", "https://u:long-password@h/x?a=b&token=tok-12345678", 0, "long-password|tok-12345678", ""},
		{"a URL with a token for a user", "url", "https://ghp-token-123@host/repo", 0, "ghp-token-123", ""},
		{"a URL without a user", "url", "https://hooks.example/services/T0/B0/abcdef", 0, "https://hooks.example/services/T0/B0/abcdef", ""},
		{"a short password in a URL", "url", "redis://:abc@cache", 0, "", "short"},
		{"a short password after a user", "url", "redis://default:abc@cache", 0, "default:abc@", "weak"},
		{"libpq", "dsn", "host=db user=app password='my pass word' dbname=x", 0, "my pass word", ""},
		{"ADO", "dsn", "Server=db;User Id=app;Password=hunter2;hunter2;", 0, "Password=hunter2", "weak"},
		{"MySQL", "dsn", "app:hunter2-hunter2@tcp(db:3306)/pay", 0, "hunter2-hunter2", ""},
		{"a PEM block is left to the engine", "key", "-----BEGIN KEY-----\nAAAABBBBCCCCDDDD\n-----END KEY-----", 0, "-----BEGIN KEY-----\nAAAABBBBCCCCDDDD\n-----END KEY-----", ""},
		{"lines", "notes", "first line here\n{\n  second line\n}", 0, "first line here\n{\n  second line\n}|first line here|second line", ""},
		{"the RDS shape as one text", "value", rds, 0, rds + "|hunter2-hunter2", ""},
		{"JSON in JSON", "value", `{"a":{"b":["{\"c\":\"inner-secret-1\"}"]}}`, 0, `{"a":{"b":["{\"c\":\"inner-secret-1\"}"]}}|{"c":"inner-secret-1"}|inner-secret-1`, ""},
		{"YAML", "value", "db:\n  password: hunter2-hunter2\n  port: 5432\n", 0, "db:\n  password: hunter2-hunter2\n  port: 5432\n|hunter2-hunter2", ""},
		{"base64 of text", "value", base64.StdEncoding.EncodeToString([]byte("inner-secret-2")), 0, base64.StdEncoding.EncodeToString([]byte("inner-secret-2")) + "|inner-secret-2", ""},
	} {
		needles, refused := secretsregistry.Classify("p", map[string]string{c.field: c.value}, map[string]secretsregistry.FieldRule{c.field: c.rule})
		var want []string
		if c.needles != "" {
			want = strings.Split(c.needles, "|")
		}
		for i, n := range needles {
			_, needles[i], _ = strings.Cut(n, "=")
		}
		slices.Sort(needles)
		slices.Sort(want)
		if !slices.Equal(needles, want) {
			t.Errorf("%s: needles %q, want %q", c.why, needles, want)
		}
		if got := strings.Join(refused, ","); (c.refused == "") != (got == "") || !strings.Contains(got, c.refused) {
			t.Errorf("%s: refused %q, want %q", c.why, got, c.refused)
		}
	}
}

func provide(fields map[string]string) secretsregistry.Provider {
	return secretsregistry.ProviderFunc(func(context.Context, string) (*secretsregistry.Payload, error) {
		return secretsregistry.NewPayload(fields, "v1"), nil
	})
}

var rdsFields = map[string]string{
	"username": "application", "password": "hunter2-hunter2", "engine": "postgres", "host": "db.internal.example",
	"port": "5432", "dbname": "payments_production", "dbInstanceIdentifier": "payments-prod-1",
}

// 40: text about the database is unchanged after its secret was loaded.
func TestInnocentText(t *testing.T) {
	b := newBenchOver(t, nil, provide(rdsFields))
	b.get()
	const text = `{"ok":true,"port":5432} connected to postgres at db.internal.example as application, payments_production {`
	shows(t, b.reg, text, text)
	shows(t, b.reg, "pw hunter2-hunter2", "pw [REDACTED:payments/db/password@v1]")
}

// 41: overrides, and strict mode.
func TestOverridesAndStrict(t *testing.T) {
	p := secretsregistry.KindStatic.Policy()
	p.Strict = true
	b := newBenchOver(t, nil, provide(rdsFields), secretsregistry.WithPolicy("payments", p))
	b.get() // what is public is no reason to refuse

	p.Fields = map[string]secretsregistry.FieldRule{"host": secretsregistry.FieldAlways}
	b = newBenchOver(t, nil, provide(rdsFields), secretsregistry.WithPolicy(db, p))
	b.get()
	shows(t, b.reg, "db.internal.example", "[REDACTED:payments/db/host@v1]")

	weak := map[string]string{"password": "hunter2-hunter2", "pin": "1234", "flag": "true"}
	b = newBenchOver(t, nil, provide(weak), secretsregistry.WithStrict())
	_, err := b.Get(t.Context(), db)
	if !errors.Is(err, secretsregistry.ErrUnredactable) || !strings.Contains(err.Error(), "payments/db/pin (plain)") || strings.Contains(err.Error(), "1234") {
		t.Errorf("strict: %v", err)
	}
	b = newBenchOver(t, nil, provide(weak))
	b.get()
	b.mu.Lock()
	defer b.mu.Unlock()
	if got := strings.Join(b.events[0].Unredactable, " "); got != "payments/db/flag payments/db/pin" {
		t.Errorf("unredactable: %s", got)
	}
}

// 42: a document of more parts than are looked at is redacted as a whole, and
// reported; so is one that is nested without end.
func TestLimits(t *testing.T) {
	list := func(n int) string {
		var parts []string
		for i := range n {
			parts = append(parts, fmt.Sprintf("a-part-of-the-list-%06d", i))
		}
		b, _ := json.Marshal(parts)
		return string(b)
	}
	deep := func(n int) string {
		return strings.Repeat(`{"key":`, n) + `"a-value-far-below"` + strings.Repeat("}", n)
	}
	for _, c := range []struct {
		name, value, refused string
		needles              int
	}{
		{"a list", list(4000), "", 4001},
		{"a long list", list(10_000), "p/field (limit)", 4096},
		{"deep", deep(900), "", 2},
		{"too deep", deep(9000), "p/field (limit)", 1},
		{"1 MiB", strings.Repeat("x", 1<<20), "", 1},
		{"many lines", strings.Repeat("a line of some length\n", 3) + strings.Join(strings.Split(list(5000), ","), "\n"), "p/field (limit)", 4094}, // two lines are said again
	} {
		needles, refused := secretsregistry.Classify("p", map[string]string{"field": c.value}, nil)
		if len(needles) != c.needles || strings.Join(refused, ",") != c.refused {
			t.Errorf("%s: %d needles, refused %q", c.name, len(needles), refused)
		}
	}
	// 1 MiB of Vault's is in force, and what is more is withheld.
	b := newBenchOver(t, nil, provide(map[string]string{"password": strings.Repeat("0123456789abcdef", 1<<16)}))
	b.get()
	b = newBenchOver(t, nil, provide(map[string]string{"password": strings.Repeat("0123456789abcdef", 1<<16) + "x"}))
	if _, err := b.Get(t.Context(), db); !errors.Is(err, secretsregistry.ErrUnredactable) || len(err.Error()) > 300 {
		t.Errorf("more than 1 MiB: %.300v", err)
	}
}

// 42: any text at all: no panic, no needle that is too short or blank.
func FuzzClassify(f *testing.F) {
	for _, s := range []string{"", "{", `{"a":["b",{"c":"d"}]}`, "postgres://a:b@c/d?password=e", "a: &x [*x]\nb: c", "aGVsbG8gd29ybGQhIQ==", "a:b@tcp(c)", "password='", "\xff\xfe://\x00@"} {
		f.Add("field", s)
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		needles, _ := secretsregistry.Classify("p", map[string]string{key: value}, nil)
		for _, n := range needles {
			if len(n) < len("p/=")+8 {
				t.Errorf("needle %q", n)
			}
		}
		if len(needles) > 10_000 {
			t.Errorf("%d needles", len(needles))
		}
		if utf8.ValidString(value) {
			doc, _ := json.Marshal(map[string]any{"inner": value})
			secretsregistry.Classify("p", map[string]string{key: string(doc)}, nil)
		}
	})
}
