package sources

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-00b494d3/tagout/redact"
)

// held lists "name@version=value" of a set: a value is proved by a matcher, as
// nothing else gives it out.
func held(t *testing.T, set Set, values ...string) []string {
	t.Helper()
	var got []string
	for _, s := range set.Secrets {
		value := "?"
		for _, v := range values {
			if s.SameValue(redact.NewSecret("x", "", []byte(v))) {
				value = v
			}
		}
		got = append(got, s.Name()+"@"+s.Version()+"="+value)
	}
	slices.Sort(got)
	return got
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// CLI-1, CLI-2: nested maps become names, Vault's leaves give versions.
func TestFile(t *testing.T) {
	values := []string{"alpha-value", "beta-value", "12345678", "line1\nline2", "p@ss/word", "p%40ss%2Fword", "postgres://u:p%40ss%2Fword@h/db", `a"b\c`, "x #y", "x"}
	for _, c := range []struct{ why, name, text, want string }{
		{"nested maps are names", "s.json", `{"payments": {"db": {"password": "alpha-value"}}, "n": 12345678, "on": true, "no": null}`, "n@=12345678 payments/db/password@=alpha-value"},
		{"a leaf of data and version", "s.json", `{"db": {"data": {"password": "alpha-value"}, "version": 7}}`, "db/password@v7=alpha-value"},
		{"a version that is no number", "s.json", `{"db": {"data": {"password": "alpha-value"}, "version": "b2"}}`, "db/password@b2=alpha-value"},
		{"a version in the metadata", "s.json", `{"db": {"data": {"password": "alpha-value"}, "metadata": {"version": 3}}}`, "db/password@v3=alpha-value"},
		{"a map with more keys is a map", "s.json", `{"data": {"p": "alpha-value"}, "version": "beta-value", "x": "x"}`, "data/p@=alpha-value version@=beta-value x@=x"},
		{"the whole answer of vault", "s.json", `{"request_id": "i", "lease_id": "", "data": {"data": {"p": "alpha-value"}, "metadata": {"version": 2}}}`, "p@v2=alpha-value"},
		{"a list is numbered", "s.json", `{"keys": ["alpha-value", "beta-value"]}`, "keys/0@=alpha-value keys/1@=beta-value"},
		{"duplicate keys are all kept", "s.json", `{"k": "alpha-value", "k": "beta-value"}`, "k@=alpha-value k@=beta-value"},
		{"JSON is recognised", "secrets", "\n {\"k\": \"alpha-value\"}", "k@=alpha-value"},
		{"a URL and the password in it", "s.json", `{"url": "postgres://u:p%40ss%2Fword@h/db"}`, "url@=p@ss/word url@=postgres://u:p%40ss%2Fword@h/db"},
		{"YAML", "s.yaml", "payments:\n  db:\n    password: alpha-value\n  on: yes\n", "payments/db/password@=alpha-value payments/on@=?"},
		{"YAML leaf with version", "s.yml", "db:\n  version: 7\n  data: {password: alpha-value}\n", "db/password@v7=alpha-value"},
		{"YAML block text", "s.yaml", "k: |-\n  line1\n  line2\n", "k@=line1\nline2"},
		{"YAML aliases and merge keys", "s.yaml", "a: &a {k: alpha-value}\nb:\n  <<: *a\n  l: beta-value\n", "a/k@=alpha-value b/k@=alpha-value b/l@=beta-value"},
		{"YAML binary", "s.yaml", "k: !!binary YWxwaGEtdmFsdWU=\n", "k@=alpha-value"},
		{"YAML documents", "s.yaml", "a: alpha-value\n---\nb: beta-value\n", "a@=alpha-value b@=beta-value"},
		{"a Secret of Kubernetes", "s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: app}\ndata: {p: YWxwaGEtdmFsdWU=}\nstringData: {q: beta-value}\n", "app/p@=alpha-value app/q@=beta-value"},
		{"YAML is recognised", "secrets", "# c\nk: alpha-value\n", "k@=alpha-value"},
		{"a bare value", "token", "alpha-value\n", "value@=alpha-value"},
		{"dotenv", ".env", "# c\nA=alpha-value\nexport B='beta-value' # c\n\nC = 12345678 # c\nE=\n", "A@=alpha-value B@=beta-value C@=12345678"},
		{"dotenv quotes over lines", "x.env", "A=\"line1\nline2\"\nB=\"line1\\nline2\"\nC=\"a\\\"b\\\\c\"\n", "A@=line1\nline2 B@=line1\nline2 C@=a\"b\\c"},
		{"dotenv with CRLF", ".env.prod", "A=alpha-value\r\nB=\"beta-value\"\r\n", "A@=alpha-value B@=beta-value"},
		{"dotenv is recognised", "secrets", "export A=alpha-value\n", "A@=alpha-value"},
	} {
		t.Run(c.why, func(t *testing.T) {
			set, err := File(write(t, c.name, c.text))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(held(t, set, values...), " ")
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if len(set.Warnings) != 0 {
				t.Error("warnings:", set.Warnings)
			}
		})
	}
}

// CLI-3: a malformed file is reported by file and line, without content.
func TestMalformed(t *testing.T) {
	const canary = "s3cr3t-canary"
	for i, c := range []struct {
		name, text string
		line       int
	}{
		{"s.json", "{\n \"a\": \"" + canary + "\"\n \"b\": 1}", 3},
		{"s.json", "{\"a\":\n \"" + canary + "\n\"}", 2},
		{"s.json", "{\"a\": \"" + canary + "\"} \n\n" + canary, 3},
		{"s.json", "{\"a\": \"" + canary + "\"\n", 1},
		{"s.json", strings.Repeat("[", 5000) + canary, 1},
		{"s.json", "{\"a\": " + canary + "}", 1},
		{"s.json", "{\n1: \"" + canary + "\"}", 2},
		{"s.json", "{\"a\":\n\n  " + canary + "}", 3},
		{"s.json", "{\"a\": {\n\"b\": [1, 2,\n\n 3, \"x\",\n \"" + canary + "\", tru]}}", 5},
		{"s.json", "[\n\"\\u00e9" + canary + "\",\n\"" + canary + "\\q\"]", 3},
		{"s.yaml", "a: b\n" + canary + ": [\n", 2},
		{"s.yaml", "a: \"" + canary + "\nb: c\n", 2},
		{"s.yaml", "a: *" + canary + "\n", 0},
		{"s.yaml", "a: b\n\t" + canary + "\n", 0},
		{"s.yaml", "a: b\nc: !!binary '" + canary + "!'\n", 2},
		{"s.yaml", "? [" + canary + "]\n: x\n", 0},
		{"s.yaml", "a: &a [x,x]\nb: &b [*a,*a]\nc: {<<: " + canary + "}\n\xff", 4},
		{"s.env", "A=b\n" + canary + "\n", 2},
		{"s.env", "A=b\nB=\"" + canary + "\n", 2},
		{"s.env", "A=b\nB=\"\n\"" + canary + "\n", 3},
		{"s.env", "A=\xff" + canary, 1},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			path := write(t, c.name, c.text)
			set, err := File(path)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, %v", set.Notes, err)
			}
			if e.Path != path || e.Line == 0 || c.line != 0 && e.Line != c.line {
				t.Errorf("%d, want line %d: %v", e.Line, c.line, err)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
				if strings.Contains(fmt.Sprintf(verb, err), canary) {
					t.Errorf("%s shows content: %v", verb, err)
				}
			}
		})
	}
}

// A file made of aliases to aliases must not grow in memory.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [", i, i)
		b.WriteString(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 10) + "]\n")
	}
	if _, err := File(write(t, "s.yaml", b.String())); err == nil {
		t.Fatal("no error")
	}
}

func TestMissingAndDirectory(t *testing.T) {
	if _, err := File(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := File(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
	if _, err := Dir(write(t, "f", "x")); err == nil {
		t.Error("a file was walked")
	}
	if _, err := Dir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// CLI-4: a file that others can read is a warning.
func TestReadableByOthers(t *testing.T) {
	path := write(t, "s.env", "A=alpha-value\n")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := File(path)
	if err != nil || len(set.Warnings) != 1 || !strings.Contains(set.Warnings[0], path) {
		t.Errorf("%q, %v", set.Warnings, err)
	}
	set, err = Dir(filepath.Dir(path))
	if err != nil || len(set.Warnings) != 1 {
		t.Errorf("%q, %v", set.Warnings, err)
	}
}

// CLI-5: a directory as Kubernetes mounts it.
func TestDir(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "..2026_01")
	for name, text := range map[string]string{"password": "alpha-value\n", "empty": "", "nested/key": "line1\nline2\n"} {
		path := filepath.Join(data, name)
		os.MkdirAll(filepath.Dir(path), 0o700)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	os.Symlink("..2026_01", filepath.Join(dir, "..data"))
	os.Symlink("..data/password", filepath.Join(dir, "password"))
	os.Symlink("..data/nested", filepath.Join(dir, "nested"))
	os.MkdirAll(filepath.Join(dir, "sub"), 0o700)
	os.WriteFile(filepath.Join(dir, "sub", "k"), []byte("line1\nline2\r\n"), 0o600)

	link := filepath.Join(t.TempDir(), "link")
	os.Symlink(dir, link)
	for _, d := range []string{dir, link} {
		set, err := Dir(d)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, held(t, set, "alpha-value", "line1\nline2"), "password@=alpha-value", "sub/k@=line1\nline2")
		if len(set.Notes) != 1 { // the link to a directory is named, not passed over silently
			t.Error(set.Notes)
		}
	}
}

// CLI-6: variables by pattern, passwords of URLs.
func TestEnv(t *testing.T) {
	environ := []string{
		"GITHUB_TOKEN=alpha-value", "PATH=/bin", "PWD=/home/someone", "OLDPWD=/home/someone",
		"DATABASE_URL=postgres://app:p%40ss%2Fword@db:5432/x", "HOME_URL=https://example.com/", "EMPTY_TOKEN=",
		"API_KEY=abc;pwd=beta-value", "app_secret=beta-value", "SITE=https://u:beta-value@h/", "EQ_KEY=a=b=c", "LD_TOKENS=no",
		"CHAT_WEBHOOK_URL=https://hooks.example/T0/alpha-value", "CI_PAT=beta-value",
	}
	set, err := Env(environ, DefaultEnv())
	if err != nil {
		t.Fatal(err)
	}
	equal(t, held(t, set, "alpha-value", "beta-value", "p@ss/word", "p%40ss%2Fword", "abc;pwd=beta-value", "a=b=c", "https://hooks.example/T0/alpha-value"),
		"CHAT_WEBHOOK_URL@=https://hooks.example/T0/alpha-value", "CI_PAT@=beta-value",
		"GITHUB_TOKEN@=alpha-value", "DATABASE_URL@=p@ss/word",
		"API_KEY@=abc;pwd=beta-value", "API_KEY@=beta-value", "app_secret@=beta-value", "EQ_KEY@=a=b=c")
	if len(set.Notes) != 2 {
		t.Error(set.Notes)
	}
	set, _ = Env(environ, []string{"S?TE", "pwd"})
	equal(t, held(t, set, "beta-value", "/home/someone"), "SITE@=beta-value", "PWD@=/home/someone")
	for _, bad := range []string{"[", ""} {
		if _, err := Env(environ, []string{bad}); err == nil {
			t.Errorf("pattern %q was taken", bad)
		}
	}
}

func TestPasswords(t *testing.T) {
	for _, c := range []struct {
		value string
		want  []string
	}{
		{"postgres://app:secret-1@db/x", []string{"secret-1"}},
		{"postgres://app:se%63ret@db/x", []string{"se%63ret", "secret"}},
		{"postgres://app:p@ss@db/x", []string{"p@ss"}},
		{"postgres://app:p/ss@db/x", []string{"p/ss"}},
		{"postgres://app@db/x", nil},
		{"postgres://db/x?sslmode=off&password=secret-1", []string{"secret-1"}},
		{"redis://:secret-1@h:6379/0", []string{"secret-1"}},
		{"amqp+ssl://u:secret-1@h", []string{"secret-1"}},
		{"mongodb+srv://u:secret-1@a,b,c/x", []string{"secret-1"}},
		{"https://0123456789abcdef@sentry.example/1", []string{"0123456789abcdef"}},
		{"https://gho_1:x-oauth-basic@github.com/a", []string{"x-oauth-basic", "gho_1"}},
		{"https://example.com/a@b", nil},
		{"https://example.com/", nil},
		{"jdbc:postgresql://h/db?user=u&password=secret-1", []string{"secret-1"}},
		{"jdbc:sqlserver://h:1433;databaseName=x;user=u;password=secret-1", []string{"secret-1"}},
		{"user:p@ss:word@tcp(127.0.0.1:3306)/db?x=y", []string{"p@ss:word"}},
		{"host=h user=u password=secret-1 dbname=x", []string{"secret-1"}},
		{`host=h password='it\'s a secret' dbname=x`, []string{"it's a secret"}},
		{"Server=h;User Id=u;Password=secret-1;Trusted=no", []string{"secret-1"}},
		{"Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0LTE=", []string{"c2VjcmV0LTE="}},
		{"just-a-token", nil}, {"", nil}, {"=", nil}, {"://", nil}, {"a://@", nil}, {"a://:@", nil}, {"(", nil}, {"@(", nil},
		{"-----BEGIN\nx=password=abc\n", nil},
	} {
		if got := Passwords(c.value); !slices.Equal(got, c.want) {
			t.Errorf("Passwords(%q) = %q, want %q", c.value, got, c.want)
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, s := range []string{`{"a":{"data":{"b":"c"},"version":1}}`, "a: &x [1]\nb: *x\n", "A='b'\nexport C=\"d\\n\"", "? a\n", "a: *a", "a: &a [*a]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, parse := range []func(string, []byte) (*node, error){parseJSON, parseYAML, parseDotenv} {
			n, err := parse("f", []byte(s))
			if err == nil {
				var set Set
				n.collect(&set, "f")
			} else if e, ok := err.(*Error); !ok || e.Line < 1 {
				t.Errorf("%v", err)
			}
		}
		Passwords(s)
	})
}
