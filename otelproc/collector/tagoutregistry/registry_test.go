package tagoutregistry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/seed-00b494d3/tagout/otelproc/collector/tagoutprocessor"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

var _ tagoutprocessor.Registry = (*registry)(nil)

const value = "correct-horse-battery-staple"

func write(t testing.TB, path, content string) {
	t.Helper()
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tmp, path); err != nil {
		t.Fatal(err)
	}
}

func file(path, format string) SourceConfig {
	return SourceConfig{File: &FileConfig{Path: path, Format: format}}
}

func with(sources ...SourceConfig) *Config {
	c := createDefaultConfig()
	c.Sources = sources
	return c
}

// start returns a started extension that is stopped at the end.
func start(t testing.TB, cfg *Config) *registry {
	t.Helper()
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Shutdown(context.Background()) })
	return r
}

// EXT-1: each kind of source, and the names it gives.
func TestSources(t *testing.T) {
	dir := t.TempDir()
	mount := filepath.Join(dir, "mount")
	os.MkdirAll(filepath.Join(mount, "..data"), 0o700)
	write(t, filepath.Join(mount, "..data", "password"), value+"\n")
	os.Symlink(filepath.Join("..data", "password"), filepath.Join(mount, "password"))
	write(t, filepath.Join(mount, ".hidden"), "hidden-file-content")
	os.Mkdir(filepath.Join(mount, "sub"), 0o700)
	write(t, filepath.Join(mount, "empty"), "\n")
	path := func(name, content string) string {
		p := filepath.Join(dir, name)
		write(t, p, content)
		return p
	}
	t.Setenv("TAGOUT_TEST_TOKEN", value)
	for _, c := range []struct {
		name string
		cfg  SourceConfig
		want string // name of the secret
	}{
		{"json", file(path("a.json", `{"db":{"password":"`+value+`","port":5432},"list":["list-element-value"],"none":null,"b":true}`), ""), "db/password"},
		{"json list", file(path("b.json", `{"list":["x-x-x-x-x","`+value+`"]}`), "json"), "list/1"},
		{"dotenv", file(path("c.env", "# comment\n\nexport TOKEN = \""+value+"\"\nEMPTY=\n"), "dotenv"), "TOKEN"},
		{"dotenv quoted", file(path("d.env", "A='"+value+"'\r\n"), "dotenv"), "A"},
		{"raw", SourceConfig{Name: "app/token", File: &FileConfig{Path: path("e", value+"\r\n"), Format: "raw"}}, "app/token"},
		{"directory", SourceConfig{Name: "app", Directory: &DirectoryConfig{Path: mount}}, "app/password"},
		{"env", SourceConfig{Name: "env", Env: &EnvConfig{Names: []string{"TAGOUT_TEST_TOKEN"}}}, "env/TAGOUT_TEST_TOKEN"},
	} {
		r := start(t, with(c.cfg))
		if got := r.Matcher().String("x " + value + " hidden-file-content"); !strings.HasPrefix(got, "x [REDACTED:"+c.want+"@h") || !strings.Contains(got, "hidden") {
			t.Errorf("%s: %s", c.name, got)
		}
		if why := r.Unavailable(); why != "" {
			t.Errorf("%s: %s", c.name, why)
		}
	}
}

// EXT-1: the password of a URL is redacted on its own too, under the version of
// the whole, and both stay current.
func TestPasswordOfURL(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	write(t, p, `{"dsn":"postgres://app:`+value+`@db.internal/orders"}`)
	r := start(t, with(file(p, "")))
	r.Shutdown(context.Background()) // the polls: this test reads by itself
	for range 3 {
		if err := r.refresh(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	whole, alone := r.Matcher().String("postgres://app:"+value+"@db.internal/orders"), r.Matcher().String(value)
	if whole != alone || !strings.HasPrefix(alone, "[REDACTED:dsn@h") {
		t.Error(whole, alone)
	}
	for _, e := range r.reg.List() {
		if e.State != secretsregistry.Current {
			t.Errorf("%+v", e)
		}
	}
}

// EXT-2: a source that cannot be read stops the start; errors hold no content.
func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	path := func(content string) string {
		p := filepath.Join(dir, fmt.Sprint(len(content), "x"))
		write(t, p, content)
		return p
	}
	for name, c := range map[string]SourceConfig{
		"no file":       file(filepath.Join(dir, "none"), ""),
		"not JSON":      file(path(value), ""),
		"two documents": file(path(`{"a":"`+value+`"} {}`), ""),
		"JSON list":     file(path(`["`+value+`"]`), ""),
		"deep":          file(path(strings.Repeat(`{"a":`, 20)+`"`+value+`"`+strings.Repeat("}", 20)), ""),
		"not dotenv":    file(path(value+"\nA=b\n"), "dotenv"),
		"a directory":   file(dir, "raw"),
		"no directory":  {Directory: &DirectoryConfig{Path: filepath.Join(dir, "none")}},
		"no variable":   {Env: &EnvConfig{Names: []string{"TAGOUT_TEST_NOT_SET"}}},
		"too large":     file(path(strings.Repeat("x", maxFile+1)), "raw"),
		"twice":         file(path("A="+value+"\nA="+value+"2\n"), "dotenv"),
		"device":        file("/dev/zero", "raw"),
	} {
		c.Name = "n"
		r, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), with(c))
		if err != nil {
			t.Fatal(err)
		}
		if err = r.Start(context.Background(), componenttest.NewNopHost()); err == nil || strings.Contains(err.Error(), value) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "no file" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
		r.Shutdown(context.Background())
	}
}

// EXT-3: a changed source is in force after at most an interval and its jitter;
// the former value stays redacted; what is removed is retired, not dropped.
func TestRotation(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	synctest.Test(t, func(t *testing.T) {
		write(t, p, `{"a":"first-value-of-a","b":"value-of-b-stays"}`)
		cfg := with(file(p, ""))
		r := start(t, cfg)
		write(t, p, `{"a":"second-value-of-a"}`)
		time.Sleep(cfg.RefreshInterval * 5 / 4)
		synctest.Wait()
		got := r.Matcher().String("first-value-of-a second-value-of-a value-of-b-stays")
		if strings.Contains(got, "value") || strings.Count(got, "[REDACTED:a@h") != 2 {
			t.Error(got)
		}
		if r.reg.Status().Live != 2 { // current and previous
			t.Errorf("%+v", r.reg.Status())
		}
		r.Shutdown(context.Background())
	})
}

// statusHost notes what the extension reports.
type statusHost struct {
	component.Host
	events []componentstatus.Status
}

func (h *statusHost) Report(e *componentstatus.Event) { h.events = append(h.events, e.Status()) }

// EXT-4: stale after MaxAge without a good read, good again after one; what is
// known stays redacted; the host is told once each way round, the log holds no
// value.
func TestStaleAndBack(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	synctest.Test(t, func(t *testing.T) {
		write(t, p, `{"a":"`+value+`"}`)
		cfg := with(file(p, ""))
		core, logged := observer.New(zap.DebugLevel)
		set := extensiontest.NewNopSettings(NewFactory().Type())
		set.Logger = zap.New(core)
		r, err := newRegistry(set, cfg)
		if err != nil {
			t.Fatal(err)
		}
		h := &statusHost{Host: componenttest.NewNopHost()}
		r.Start(context.Background(), h)
		write(t, p, `{"a":"`+value) // cut off
		time.Sleep(cfg.MaxAge - time.Minute)
		if why := r.Unavailable(); why != "" {
			t.Errorf("%s too early", why)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if why := r.Unavailable(); why != "stale" || r.Matcher().String(value) == value {
			t.Errorf("%q, %s", why, r.Matcher().String(value))
		}
		write(t, p, `{"a":"`+value+`"}`)
		time.Sleep(cfg.RefreshInterval * 2)
		synctest.Wait()
		if why := r.Unavailable(); why != "" {
			t.Errorf("still %s", why)
		}
		r.Shutdown(context.Background())
		if n := len(h.events); n < 2 || h.events[0] != componentstatus.StatusRecoverableError || h.events[n-1] != componentstatus.StatusOK || h.events[n-2] == componentstatus.StatusOK {
			t.Errorf("reported %v", h.events)
		}
		if strings.Contains(fmt.Sprint(logged.All()), value) {
			t.Error("the log leaks")
		}
	})
}

// EXT-5: an optional source may come later; until then the registry says that it
// is empty.
func TestOptionalComesLater(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	synctest.Test(t, func(t *testing.T) {
		s := file(p, "")
		s.Optional = true
		r := start(t, with(s))
		if why := r.Unavailable(); why != "empty" {
			t.Errorf("%q", why)
		}
		write(t, p, `{"a":"`+value+`"}`)
		time.Sleep(time.Minute)
		synctest.Wait()
		if why := r.Unavailable(); why != "" || r.Matcher().String(value) == value {
			t.Errorf("%q", why)
		}
		r.Shutdown(context.Background())
	})
}

// EXT-6: two sources must not give one name: the second counts as unreadable.
func TestConflict(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), `{"k":"`+value+`"}`)
	write(t, filepath.Join(dir, "b"), `{"k":"another-value-of-k"}`)
	r, _ := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), with(file(filepath.Join(dir, "a"), ""), file(filepath.Join(dir, "b"), "")))
	if err := r.Start(context.Background(), componenttest.NewNopHost()); err == nil || !strings.Contains(err.Error(), `"k"`) {
		t.Error(err)
	}
	r.Shutdown(context.Background())
}

// EXT-7: refused values are logged by name and length, the others are in force.
func TestRefused(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	write(t, p, `{"short":"q1w2e3","good":"`+value+`"}`)
	core, logged := observer.New(zap.DebugLevel)
	set := extensiontest.NewNopSettings(NewFactory().Type())
	set.Logger = zap.New(core)
	r, _ := newRegistry(set, with(file(p, "")))
	if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	defer r.Shutdown(context.Background())
	all := fmt.Sprint(logged.All())
	if !strings.Contains(all, `"short"`) || strings.Contains(all, "q1w2e3") || r.Matcher().String(value) == value {
		t.Error(all)
	}
}

// EXT-8: formatting the extension and its parts shows no value.
func TestHidden(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	write(t, p, `{"a":"`+value+`"}`)
	r := start(t, with(file(p, "")))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%g", "%U", "%d"} {
		for _, x := range []any{r, *r.sources[0], r.sources[0].names, r.telemetry} {
			s := fmt.Sprintf(verb, x)
			if strings.Contains(s, value) || strings.Contains(s, fmt.Sprintf("%x", value)) || strings.Contains(s, fmt.Sprint([]byte(value[:5]))[1:20]) {
				t.Errorf("%s of %T leaks", verb, x)
			}
		}
	}
}

// EXT-9: Collectors with one key show the same versions, others do not.
func TestKeyFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "s"), `{"a":"`+value+`"}`)
	write(t, filepath.Join(dir, "key"), strings.Repeat("k", 32))
	write(t, filepath.Join(dir, "short"), "k")
	tag := func(key string) string {
		c := with(file(filepath.Join(dir, "s"), ""))
		c.KeyFile = key
		return start(t, c).Matcher().String(value)
	}
	if a, b := tag(filepath.Join(dir, "key")), tag(filepath.Join(dir, "key")); a != b {
		t.Error(a, b)
	}
	if a, b := tag(""), tag(""); a == b {
		t.Error("keys are not random")
	}
	c := with(file(filepath.Join(dir, "s"), ""))
	c.KeyFile = filepath.Join(dir, "short")
	if _, err := newRegistry(extensiontest.NewNopSettings(NewFactory().Type()), c); err == nil {
		t.Error("a short key was accepted")
	}
}

// EXT-10: hits by secret, version and position, with a bound on series.
func TestTelemetry(t *testing.T) {
	p := filepath.Join(t.TempDir(), "s.json")
	var js []string
	for i := range 20 {
		js = append(js, fmt.Sprintf(`"k%02d":"value-number-%02d"`, i, i))
	}
	write(t, p, "{"+strings.Join(js, ",")+"}")
	for _, names := range []bool{true, false} {
		tel := componenttest.NewTelemetry()
		set := extensiontest.NewNopSettings(NewFactory().Type())
		set.TelemetrySettings = tel.NewTelemetrySettings()
		cfg := with(file(p, ""))
		cfg.Telemetry = TelemetryConfig{SecretNames: names, MaxSecrets: 5}
		r, err := newRegistry(set, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(context.Background(), componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		ev := redact.NewSink(r, tagoutprocessor.SinkPrefix+"logs/body").Event()
		for round := range 3 {
			for i := range 20 {
				ev.String(fmt.Sprintf("x value-number-%02d", i))
				ev.String(base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "value-number-%02d", i)))
			}
			r.Matcher().String("value-number-00") // not ours
			m, err := tel.GetMetric("otelcol_tagout_hits")
			if err != nil {
				t.Fatal(err)
			}
			points := m.Data.(metricdata.Sum[int64]).DataPoints
			var sum int64
			for _, p := range points {
				sum += p.Value
				for _, want := range []string{"signal=logs", "position=body"} {
					if !strings.Contains(p.Attributes.Encoded(encoder{}), want) {
						t.Error(p.Attributes.ToSlice())
					}
				}
			}
			var hits int64
			for _, h := range r.reg.Hits() {
				if h.Sink != "" {
					hits += int64(h.Count)
				}
			}
			if want := map[bool]int{true: 6, false: 1}[names]; len(points) != want || sum != hits || sum < int64(40*(round+1)) {
				t.Errorf("names %v: %d series, %d hits of %d", names, len(points), sum, hits)
			}
		}
		for _, name := range []string{"otelcol_tagout_registry_secrets", "otelcol_tagout_registry_age", "otelcol_tagout_registry_reads"} {
			if _, err := tel.GetMetric(name); err != nil {
				t.Error(name, err)
			}
		}
		r.Shutdown(context.Background())
		tel.Shutdown(context.Background())
	}
}

func TestConfig(t *testing.T) {
	if err := componenttest.CheckConfigStruct(NewFactory().CreateDefaultConfig()); err != nil {
		t.Error(err)
	}
	one := map[string]any{"file": map[string]any{"path": "/x"}}
	sources := func(s ...any) map[string]any { return map[string]any{"sources": s} }
	and := func(k string, v any) map[string]any { m := sources(one); m[k] = v; return m }
	for _, c := range []struct {
		in   map[string]any
		want string
	}{
		{sources(one), ""},
		{sources(one, map[string]any{"name": "a", "optional": true, "directory": map[string]any{"path": "/y"}}, map[string]any{"env": map[string]any{"names": []any{"A"}}}), ""},
		{and("refresh_interval", "10s"), ""},
		{and("max_age", "0s"), ""},
		{and("grace", "0s"), ""},
		{map[string]any{}, "sources"},
		{sources(map[string]any{}), "exactly one"},
		{sources(map[string]any{"file": map[string]any{"path": "/x"}, "env": map[string]any{"names": []any{"A"}}}), "exactly one"},
		{sources(map[string]any{"file": map[string]any{}}), "path"},
		{sources(map[string]any{"file": map[string]any{"path": "/x", "format": "xml"}}), "format"},
		{sources(map[string]any{"file": map[string]any{"path": "/x", "format": "raw"}}), "name"},
		{sources(map[string]any{"directory": map[string]any{}}), "path"},
		{sources(map[string]any{"env": map[string]any{}}), "names"},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200", "paths": []any{"secret/a"}, "auth": map[string]any{"method": "kubernetes", "role": "r"}}}), ""},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200", "paths": []any{"secret/a"}, "auth": map[string]any{"method": "approle", "role": "r", "secret_id": "x"}}}), ""},
		{sources(map[string]any{"vault": map[string]any{"paths": []any{"secret/a"}}}), "address"},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200"}}), "paths"},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200", "paths": []any{"a"}}}), "method"},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200", "paths": []any{"a"}, "auth": map[string]any{"method": "jwt", "role": "r"}}}), "file"},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200", "paths": []any{"a"}, "auth": map[string]any{"method": "token"}}}), "token"},
		{sources(map[string]any{"vault": map[string]any{"address": "https://v:8200", "paths": []any{"a"}, "auth": map[string]any{"method": "approle", "role": "r"}}}), "approle"},
		{sources(map[string]any{"aws": map[string]any{"paths": []any{"a"}}}, map[string]any{"gcp": map[string]any{"paths": []any{"a"}, "project": "p"}},
			map[string]any{"azure": map[string]any{"vault_url": "https://v.vault.azure.net", "paths": []any{"a"}}}), ""},
		{sources(map[string]any{"aws": map[string]any{}}), "paths"},
		{sources(map[string]any{"gcp": map[string]any{}}), "paths"},
		{sources(map[string]any{"gcp": map[string]any{"paths": []any{"a"}, "audience": "x"}}), "token_file"},
		{sources(map[string]any{"azure": map[string]any{"paths": []any{"a"}}}), "vault_url"},
		{sources(map[string]any{"azure": map[string]any{"vault_url": "https://v", "paths": []any{"a"}, "client_id": "x"}}), "client_id"},
		{and("refresh_interval", "1ms"), "refresh_interval"},
		{and("max_age", "1s"), "max_age"},
		{and("jitter", 1.5), "jitter"},
		{and("grace", "1h"), "grace"},
		{and("min_length", 2), "min_length"},
		{and("telemetry", map[string]any{"max_secrets": -1}), "max_secrets"},
		{and("valut", 1), "valut"},
	} {
		cfg := createDefaultConfig()
		err := confmap.NewFromStringMap(c.in).Unmarshal(cfg)
		if err == nil {
			err = cfg.Validate()
		}
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.in, err)
		}
	}
}

// EXT-13: an address that holds a credential is refused, by a Collector's own
// checks and by the extension, and what refuses it does not show it.
func TestAddressWithCredential(t *testing.T) {
	const password = "p4ss-in-the-address"
	vault := map[string]any{"paths": []any{"secret/a"}, "auth": map[string]any{"method": "kubernetes", "role": "r"}}
	azure := map[string]any{"paths": []any{"a"}, "managed_identity": true}
	for _, addr := range []string{
		"https://user:" + password + "@host:8200",
		"https://" + password + "@host",
		"https://host:8200?token=" + password,
		"https://host:8200/#" + password,
		"https://user:" + password + "%zz@host",
		"://user:" + password + "@host",
		"user:" + password + "@host",
		"ftp://user:" + password + "@host",
	} {
		vault["address"], azure["vault_url"] = addr, addr
		for kind, c := range map[string]map[string]any{"vault": vault, "azure": azure} {
			core, logged := observer.New(zap.DebugLevel)
			set := extensiontest.NewNopSettings(NewFactory().Type())
			set.Logger = zap.New(core)
			cfg := createDefaultConfig()
			if err := confmap.NewFromStringMap(map[string]any{"sources": []any{map[string]any{kind: c}}}).Unmarshal(cfg); err != nil {
				t.Fatal(err)
			}
			err := cfg.Validate()
			if err == nil || !strings.Contains(err.Error(), "sources[0]: "+kind) || strings.Contains(err.Error(), password) {
				t.Errorf("%s %s: %v", kind, addr, err)
			}
			if strings.Contains(addr, "user") { // whoever creates it without Validate
				r, err := newRegistry(set, cfg)
				if err == nil {
					r.Shutdown(context.Background())
				}
				if err == nil || strings.Contains(err.Error(), password) {
					t.Errorf("%s %s: created: %v", kind, addr, err)
				}
			}
			if all := fmt.Sprint(logged.All()); strings.Contains(all, password) {
				t.Errorf("%s %s: logged: %s", kind, addr, all)
			}
		}
	}
}

// Shutdown without Start, and twice.
func TestShutdown(t *testing.T) {
	f := NewFactory()
	ext, err := f.Create(context.Background(), extensiontest.NewNopSettings(f.Type()), with(file("/none", "")))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := ext.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
