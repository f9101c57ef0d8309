package secretsregistry_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/redact/redacttest"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// 44: what was written before the secrets were known comes out redacted, in
// order; what did not fit is counted, and never seen.
func TestHoldWriter(t *testing.T) {
	var out bytes.Buffer
	r := secretsregistry.New()
	h := secretsregistry.NewHoldWriter(&out, r, 60)
	for i := range 4 {
		fmt.Fprintf(h, "%d hunter2-hunter2\n", i)
	}
	redacttest.CheckHidden(t, "hunter2-hunter2-", h)
	if out.Len() != 0 {
		t.Fatal("written before the release")
	}
	put(t, r, secret("db", "v1", "hunter2-hunter2"))
	if err := h.Release(); err != nil {
		t.Fatal(err)
	}
	h.Release()
	h.Drop()
	fmt.Fprintf(h, "5 hunter2-hunter2\n")
	if want := "0 [REDACTED:db@v1]\n1 [REDACTED:db@v1]\n2 [REDACTED:db@v1]\n5 [REDACTED:db@v1]\n"; out.String() != want || h.Dropped() != 1 {
		t.Errorf("%q, %d dropped", out.String(), h.Dropped())
	}
}

// 44: after a failed start nothing comes out.
func TestHoldWriterDrop(t *testing.T) {
	var out bytes.Buffer
	h := secretsregistry.NewHoldWriter(&out, secretsregistry.New(), 1000)
	h.Write([]byte("a"))
	h.Drop()
	h.Write([]byte("b"))
	h.Release()
	h.Write([]byte("c"))
	if out.Len() != 0 || h.Dropped() != 3 {
		t.Errorf("%q, %d dropped", out.String(), h.Dropped())
	}
}

// What another cache has fetched is in force after one call.
func TestRegister(t *testing.T) {
	r := secretsregistry.New()
	prev := secretsregistry.NewPayload(map[string]string{"password": "hunter1-hunter1"}, "6")
	un, err := r.Register("payments/db", secretsregistry.NewPayload(map[string]string{"password": "hunter2-hunter2", "port": "5432", "flag": "true", "old": "old-field-value"}, "7", secretsregistry.WithPrevious(prev)))
	if err != nil || strings.Join(un, " ") != "payments/db/flag" {
		t.Errorf("%q, %v", un, err)
	}
	wantStates(t, r, "payments/db/old@7=current payments/db/password@7=current payments/db/password@6=previous")
	if _, err := r.Register("payments/db", secretsregistry.NewPayload(map[string]string{"password": "hunter2-hunter2"}, "7")); err != nil {
		t.Error(err)
	}
	wantStates(t, r, "payments/db/old@7=retired payments/db/password@7=current payments/db/password@6=previous")
	if _, err := r.Register("x", secretsregistry.NewPayload(map[string]string{"a": "has [REDACTED inside"}, "")); !errors.Is(err, secretsregistry.ErrUnredactable) {
		t.Error(err)
	}
	if _, err := r.Register("x", nil); err == nil {
		t.Error("nothing was registered without a word")
	}
}

// 44: at its deadline a HoldWriter fails closed, in the way that was chosen, and
// a late Release begins to pass on.
func TestHoldDeadline(t *testing.T) {
	open := func(opts ...secretsregistry.HoldOption) (*secretsregistry.HoldWriter, *secretsregistry.Registry, *strings.Builder) {
		var out strings.Builder
		reg := secretsregistry.New()
		return secretsregistry.NewHoldWriter(&out, reg, 60, append(opts, secretsregistry.HoldDeadline(time.Minute))...), reg, &out
	}
	const line = "a hunter2-hunter2\n"
	synctest.Test(t, func(t *testing.T) {
		w, reg, out := open()
		fmt.Fprint(w, line)
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		if w.Dropped() != 0 {
			t.Error("dropped before the deadline")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		fmt.Fprint(w, line)
		if w.Dropped() != 2 || out.String() != "" {
			t.Errorf("%d dropped, %q passed on", w.Dropped(), out.String())
		}
		put(t, reg, secret("db", "v1", "hunter2-hunter2"))
		if err := w.Release(); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, line)
		if out.String() != "a [REDACTED:db@v1]\n" {
			t.Errorf("after Release: %q", out.String())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w, reg, out := open(secretsregistry.HoldFallback(redact.Closed()))
		fmt.Fprint(w, line)
		time.Sleep(time.Minute)
		synctest.Wait()
		fmt.Fprint(w, line)
		put(t, reg, secret("db", "v1", "hunter2-hunter2"))
		w.Release()
		fmt.Fprint(w, line)
		if want := "[REDACTED:unavailable]\n[REDACTED:unavailable]\na [REDACTED:db@v1]\n"; out.String() != want || w.Dropped() != 0 {
			t.Errorf("%d dropped, %q", w.Dropped(), out.String())
		}
	})
	synctest.Test(t, func(t *testing.T) { // no more room
		w, reg, out := open(secretsregistry.HoldFallback(redact.Closed()))
		for range 4 {
			fmt.Fprint(w, line)
		}
		put(t, reg, secret("db", "v1", "hunter2-hunter2"))
		w.Release()
		if want := strings.Repeat("[REDACTED:unavailable]\n", 4); out.String() != want || w.Dropped() != 0 {
			t.Errorf("%d dropped, %q", w.Dropped(), out.String())
		}
	})
	synctest.Test(t, func(t *testing.T) { // in time: nothing is lost, and nothing happens at the deadline
		w, reg, out := open()
		fmt.Fprint(w, line)
		put(t, reg, secret("db", "v1", "hunter2-hunter2"))
		w.Release()
		time.Sleep(time.Hour)
		fmt.Fprint(w, line)
		if want := strings.Repeat("a [REDACTED:db@v1]\n", 2); out.String() != want || w.Dropped() != 0 {
			t.Errorf("%d dropped, %q", w.Dropped(), out.String())
		}
	})
}
