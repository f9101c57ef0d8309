package vault

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-00b494d3/tagout/secretsregistry"
)

var chaosTable = flag.String("chaos-table", "", "write the table of TestRealChaos to this `file`")

// The life of a value in the matrix. Short, so that a cell is over in seconds;
// what is checked is relative to it.
const (
	chaosTTL   = 3 * time.Second
	chaosStale = 3 * time.Second
	chaosFetch = 2 * time.Second // one attempt of a cold start, at most
)

// outcome is what a fault may do to a value.
type outcome int

const (
	harmless      outcome = iota // slow, but it works
	transient                    // a live value goes on, flagged, up to its bound
	authoritative                // the server's answer ends even a fresh value
)

// A disaster is one row of the matrix. begin makes it happen in a rig, end
// undoes it; a nil end means that there is no way back but a new server.
type disaster struct {
	name       string
	outcome    outcome
	own        bool // needs a server of its own
	begin, end func(t *testing.T, r *rig)
}

func wire(name string, o outcome, f fault) disaster {
	return disaster{name: name, outcome: o,
		begin: func(_ *testing.T, r *rig) { r.proxy.set(f); r.proxy.CloseClientConnections() },
		end:   func(_ *testing.T, r *rig) { r.proxy.set(nil) }}
}

func dialing(name string, err error) disaster {
	return disaster{name: name, outcome: transient,
		begin: func(_ *testing.T, r *rig) { r.dialErr.Store(&err); r.proxy.CloseClientConnections() },
		end:   func(_ *testing.T, r *rig) { r.dialErr.Store(nil) }}
}

var disasters = []disaster{
	wire("latency 0.2 s", harmless, latency(200*time.Millisecond)),
	wire("latency 5 s", transient, latency(5*time.Second)),
	wire("hang", transient, hang),
	wire("connection reset", transient, reset),
	wire("connection closed", transient, eof),
	wire("body cut in the middle", transient, truncate(60)),
	wire("body cut, passed off as whole", transient, short(60)),
	wire("1 byte a second", transient, trickle(time.Second)),
	wire("500", transient, answer(500, `{"errors":["`+leak+`"]}`)),
	wire("502 of a proxy", transient, answer(502, "<html>"+leak)),
	wire("503", transient, answer(503, `{"errors":["`+leak+`"]}`)),
	wire("429", transient, answer(429, `{"errors":["`+leak+`"]}`)),
	wire("200 with a web page", transient, answer(200, "<html>"+leak)),
	dialing("name not resolved", &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "vault", IsNotFound: true}}),
	dialing("no file descriptors", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}),
	{name: "certificate not trusted", outcome: transient,
		begin: func(_ *testing.T, r *rig) { r.badCert.Store(true); r.proxy.CloseClientConnections() },
		end:   func(_ *testing.T, r *rig) { r.badCert.Store(false) }},
	{name: "sealed", outcome: transient, own: true,
		begin: func(t *testing.T, r *rig) { r.vault.must(t, "PUT", "sys/seal", nil) },
		end: func(t *testing.T, r *rig) {
			for _, k := range r.vault.Keys {
				r.vault.must(t, "PUT", "sys/unseal", obj{"key": k})
			}
		}},
	{name: "SIGSTOP", outcome: transient, own: true,
		begin: func(_ *testing.T, r *rig) { r.vault.signal(syscall.SIGSTOP) },
		end:   func(_ *testing.T, r *rig) { r.vault.signal(syscall.SIGCONT) }},
	{name: "SIGKILL", outcome: transient, own: true,
		begin: func(_ *testing.T, r *rig) { r.vault.kill() }},
	{name: "SIGKILL, restart with empty storage", outcome: authoritative, own: true,
		begin: func(t *testing.T, r *rig) {
			r.vault.kill()
			r.vault = startVault(t)
			r.proxy.aim(t, r.vault.Addr)
		}},
	{name: "secret deleted", outcome: authoritative,
		begin: func(t *testing.T, r *rig) { r.vault.must(t, "DELETE", "secret/data/"+r.secret, nil) },
		end: func(t *testing.T, r *rig) {
			r.vault.must(t, "POST", "secret/undelete/"+r.secret, obj{"versions": []int{1}})
		}},
	{name: "token revoked", outcome: authoritative,
		begin: func(t *testing.T, r *rig) { r.vault.must(t, "POST", "auth/token/revoke", obj{"token": r.token}) }},
}

// A rig is one cell: a cache and a registry of its own behind a fault proxy, on
// a shared or an own server.
type rig struct {
	vault         *vaultd
	proxy         *faultProxy
	dialErr       atomic.Pointer[error]
	badCert       atomic.Bool
	secret, token string
	value         string
	registry      *secretsregistry.Registry
	provider      *Provider
	cache         *secretsregistry.Cache
	stored        atomic.Int64 // when the request of the last good fetch was sent
	refused       atomic.Int64 // when the server's definite no was known, 0: not
	audited       atomic.Int64
	worst         time.Duration
}

func newRig(t *testing.T, v *vaultd, secret string) *rig {
	t.Helper()
	r := &rig{vault: v, secret: secret, value: "chaos-value-of-" + strings.ReplaceAll(secret, "/", "-")}
	v.put(t, "secret/data/"+secret, obj{"password": r.value})
	m := v.must(t, "POST", "auth/token/create", obj{"policies": []string{"chaos"}, "ttl": "1h"})
	r.token = m["auth"].(obj)["client_token"].(string)

	r.proxy = &faultProxy{}
	r.proxy.aim(t, v.Addr)
	r.proxy.Server = httptest.NewUnstartedServer(r.proxy)
	r.proxy.Config.ErrorLog = silent
	r.proxy.StartTLS()
	t.Cleanup(r.proxy.Close)
	good := r.proxy.TLS.Certificates[0]
	bad := badCertificate(t)
	r.proxy.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c := &tls.Config{Certificates: []tls.Certificate{good}}
		if r.badCert.Load() {
			c.Certificates = []tls.Certificate{bad}
		}
		return c, nil
	}
	roots := x509.NewCertPool()
	roots.AddCert(r.proxy.Certificate())

	r.registry = secretsregistry.New()
	p, err := New(r.proxy.URL, Token(r.token), r.registry.Put, WithTLS(&tls.Config{RootCAs: roots}), WithPreviousVersions(0), WithPollInterval(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	r.provider = p
	dial := p.transport().DialContext
	p.transport().DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if err := r.dialErr.Load(); err != nil {
			return nil, *err
		}
		return dial(ctx, network, addr)
	}
	r.cache = secretsregistry.NewCache(p, r.registry, secretsregistry.WithTTL(chaosTTL), secretsregistry.WithMaxStale(chaosStale),
		secretsregistry.WithFetchTimeout(chaosFetch), secretsregistry.WithNegativeTTL(100*time.Millisecond),
		secretsregistry.WithAudit(func(e secretsregistry.FetchEvent) {
			switch {
			case e.Op != "read":
			case e.Class == secretsregistry.ClassOK:
				r.stored.Store(e.Time.UnixNano())
				r.refused.Store(0)
			case e.Class.Authoritative():
				r.audited.Add(1)
				r.refused.CompareAndSwap(0, time.Now().UnixNano())
			}
		}))
	return r
}

func (r *rig) close() {
	_ = r.cache.Close()
	_ = r.provider.Close()
}

// get asks the cache once and checks what must hold at every step: a value is
// in force when it is handed out and not past its bound, a stale one is
// flagged, and neither a value nor the text of an answer is in an error.
func (r *rig) get(t *testing.T) (*secretsregistry.Value, error) {
	t.Helper()
	before := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	v, err := r.cache.Get(ctx, "secret/"+r.secret)
	cancel()
	took := time.Since(before)
	if err != nil {
		if s := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(s, leak) || strings.Contains(s, r.value) || strings.Contains(s, r.token) {
			t.Errorf("an error shows a value: %v", err)
		}
		return nil, err
	}
	r.worst = max(r.worst, took)
	s, _ := v.Field("password")
	if s != r.value {
		t.Error("a wrong value")
	}
	if shown := r.registry.Matcher().String("<" + s + ">" + r.token); strings.Contains(shown, s) || strings.Contains(shown, r.token) {
		t.Error("LEAK: a value or the token is not in force")
	}
	// A second after the no: audit events come before its effect.
	if no := r.refused.Load(); no != 0 && before.Sub(time.Unix(0, no)) > time.Second {
		t.Error("a value is served after the server's definite no")
	}
	age := before.Sub(time.Unix(0, r.stored.Load()))
	if age >= chaosTTL+chaosStale {
		t.Errorf("a value is served %v after it was read, beyond its bound", age)
	}
	if age >= chaosTTL && !v.Stale() {
		t.Errorf("a value of age %v is not flagged as stale", age)
	}
	return v, err
}

// A cell is what happened.
type cell struct {
	result   string
	requests int64
	worst    time.Duration
	back     time.Duration
}

// run plays one disaster in one state.
func (d disaster) run(t *testing.T, r *rig, state string) (c cell) {
	defer r.close()
	pause := 10 * time.Millisecond
	if state != "cold" {
		if _, err := r.get(t); err != nil {
			t.Fatalf("before the disaster: %v", err)
		}
	}
	r.worst = 0
	requests := r.proxy.requests.Load()
	began := time.Now()
	d.begin(t, r)

	// Ask all the time: while it is fresh; until its bound and beyond.
	until := began.Add(chaosTTL / 2)
	if d.outcome == authoritative { // it may take a restart
		until = time.Now().Add(chaosTTL / 10)
	}
	if state == "stale" {
		until = began.Add(chaosTTL + chaosStale + 600*time.Millisecond)
	}
	var fresh, stale, none int
	var last error
	for asked := false; !asked || time.Now().Before(until); asked = true {
		v, err := r.get(t)
		switch {
		case err != nil:
			none++
			last = err
		case v.Stale():
			stale++
		default:
			fresh++
		}
		if state == "cold" && d.outcome != harmless {
			break
		}
		time.Sleep(pause)
	}
	switch {
	case d.outcome == harmless:
		c.result = "served"
		if stale+none > 0 {
			t.Errorf("%d stale, %d failed (%v)", stale, none, last)
		}
	case state == "cold":
		c.result = "error: " + secretsregistry.ClassOf(last).String()
		if none == 0 {
			t.Error("a value out of nothing")
		}
		if took := time.Since(began); took > 2*chaosFetch+2*time.Second {
			t.Errorf("the error took %v", took)
		}
		if auth := secretsregistry.ClassOf(last).Authoritative(); auth != (d.outcome == authoritative) {
			t.Errorf("class of %v: authoritative %v", last, auth)
		}
	case d.outcome == authoritative:
		c.result = "served until asked again"
		if state == "stale" {
			c.result = "ended: " + secretsregistry.ClassOf(last).String()
			if none == 0 || !secretsregistry.ClassOf(last).Authoritative() {
				t.Errorf("still served; last error %v", last)
			}
		}
	case state == "fresh":
		c.result = "served"
		if none > 0 {
			t.Errorf("a fresh value was refused %d times: %v", none, last)
		}
	default:
		c.result = "stale, then expired"
		if stale == 0 || none == 0 || !errors.Is(last, secretsregistry.ErrExpired) {
			t.Errorf("%d fresh, %d stale, %d refused, last error %v", fresh, stale, none, last)
		}
	}
	outage := time.Since(began)
	c.requests, c.worst = r.proxy.requests.Load()-requests, r.worst
	if d.outcome == transient && c.requests > 12+2*int64(outage/time.Second) {
		t.Errorf("%d requests in %v of outage", c.requests, outage)
	}
	if d.end == nil {
		return c
	}
	d.end(t, r)
	ended := time.Now()
	for {
		v, err := r.get(t)
		if err == nil && !v.Stale() {
			break
		}
		if time.Since(ended) > 20*time.Second {
			t.Errorf("no recovery: %v", err)
			break
		}
		time.Sleep(pause)
	}
	c.back = time.Since(ended)
	return c
}

func badCertificate(t *testing.T) tls.Certificate {
	t.Helper()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	selfSigned(t, cert, key)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func TestRealChaos(t *testing.T) {
	if os.Getenv("TAGOUT_VAULT") != "required" && *chaosTable == "" {
		t.Skip("takes a minute: .ci/vault runs it")
	}
	shared := startVault(t)
	prepare := func(t *testing.T, v *vaultd) {
		v.kv(t, "secret", 2)
		v.policy(t, "chaos", `path "secret/data/*" { capabilities = ["read"] }`)
	}
	prepare(t, shared)
	var mu sync.Mutex
	rows := map[string]map[string]cell{}
	base := runtime.NumGoroutine()
	t.Run("matrix", func(t *testing.T) {
		for _, d := range disasters {
			for _, state := range []string{"cold", "fresh", "stale"} {
				t.Run("VLT-70 "+d.name+"/"+state, func(t *testing.T) {
					t.Parallel()
					v := shared
					if d.own {
						v = startVault(t)
						prepare(t, v)
					}
					name := strings.Map(func(c rune) rune {
						if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
							return c
						}
						return '-'
					}, strings.ToLower(d.name))
					c := d.run(t, newRig(t, v, name+"/"+state), state)
					mu.Lock()
					defer mu.Unlock()
					if rows[d.name] == nil {
						rows[d.name] = map[string]cell{}
					}
					rows[d.name][state] = c
				})
			}
		}
	})
	for range 200 { // connections close in the background
		if runtime.NumGoroutine() <= base+5 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > base+5 {
		t.Errorf("%d goroutines before, %d after", base, n)
	}
	if *chaosTable != "" && !t.Failed() {
		writeChaosTable(t, rows)
	}
}

func writeChaosTable(t *testing.T, rows map[string]map[string]cell) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `# What happens when Vault fails

Written by `+"`TestRealChaos`"+` against a real Vault (`+"`.ci/vault`"+`; to write this page again:
`+"`go test -run TestRealChaos -chaos-table $PWD/docs/vault-chaos.md ./secretsregistry/vault`"+`). Every fault is applied to a cache that has no
value yet (cold), one that has just read it (fresh), and one whose value grows old (stale). Time to live %v, MaxStale %v.

At every step, dozens a second, it is checked that a value which is handed out is already redacted, and the provider's token too; that no value is served
at or after its bound; that a stale value says so; that no error holds a value, the token or the text of an answer; and at the end that no goroutine is left.

`, chaosTTL, chaosStale)
	fmt.Fprintf(&b, "| fault | cold | fresh | stale | requests in the stale cell | worst Get of a live value | back after |\n|---|---|---|---|---|---|---|\n")
	for _, d := range disasters {
		row := rows[d.name]
		back := "-"
		if d.end != nil {
			back = row["stale"].back.Round(10 * time.Millisecond).String()
		}
		worst := max(row["fresh"].worst, row["stale"].worst)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d | %v | %s |\n", d.name, row["cold"].result, row["fresh"].result, row["stale"].result,
			row["stale"].requests, worst.Round(10*time.Microsecond), back)
	}
	b.WriteString(`
"Back after" is the time from the end of the fault to the first fresh value. The worst Get includes the scheduling of a busy machine that runs several cells at once.
"No file descriptors" and "name not resolved" are errors put in at the dialer; all others happen on the wire or to the server's process. A restarted server with empty
storage refuses the old token, which is a definite answer. Jumps of the clock are tested with fake time in ` + "`secretsregistry`" + `.
`)
	if err := os.WriteFile(*chaosTable, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
