package redact

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mapping returns the flags of the mapping that b is in.
func mapping(t *testing.T, b []byte) string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var at uint64
	fmt.Sscanf(fmt.Sprintf("%p", &b[0]), "0x%x", &at)
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var lo, hi uint64
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &lo, &hi); n == 2 {
			inside = lo <= at && at < hi
		} else if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags: "); ok && inside {
			return flags
		}
	}
	t.Fatal("no mapping")
	return ""
}

// emulated says that qemu-user stands in for the kernel: it drops the advice of
// madvise, and the kernel does not run a test binary for another processor.
var emulated = os.Getenv("TAGOUT_EMULATED") != ""

// kept reports whether flags of a mapping say that it is neither dumped nor
// swapped.
func kept(flags string) bool {
	return strings.Contains(flags, " lo") && (emulated || strings.Contains(flags, " dd"))
}

// guardedMatcher skips where memory cannot be locked.
func guardedMatcher(t *testing.T, secrets ...Secret) *Matcher {
	t.Helper()
	m, err := NewMatcher(secrets, WithGuardedMemory())
	skipUnlocked(t, err)
	return m
}

func skipUnlocked(t *testing.T, err error) {
	t.Helper()
	if ge := new(GuardError); errors.As(err, &ge) && ge.Op == "mlock" && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func awkward(i int) string { return fmt.Sprintf("it's \"%d\" & <kestrel>\nin %d%% of Moor/Lane", i, i) }

// All that tables know of a value in plaintext is in memory that is neither
// dumped nor swapped (REDACT-22).
func TestGuardedTables(t *testing.T) {
	values := []string{"kestrel-77-Moor/Lane", awkward(1), strings.Repeat("long value ", 6_500), `{"password":"kestrel in a \"document\" 1"}`}
	var secrets, guarded []Secret
	for i, v := range values {
		secrets = append(secrets, NewSecret(fmt.Sprint("s", i), "v1", []byte(v)))
		g, err := NewGuardedSecret(fmt.Sprint("s", i), "v1", []byte(v))
		skipUnlocked(t, err)
		guarded = append(guarded, g)
	}
	plain, err := NewMatcher(secrets)
	if err != nil {
		t.Fatal(err)
	}
	text := "a " + strings.Join(values, " b ") + fmt.Sprintf(" %q %x", values[1], values[0])
	want := plain.String(text)
	for _, m := range []*Matcher{guardedMatcher(t, secrets...), guardedMatcher(t, guarded...)} {
		if got := m.String(text); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		for _, seg := range m.engine().segments {
			for _, s := range seg.auto.sources {
				if flags := mapping(t, s.bytes[:1]); !kept(flags) {
					t.Fatalf("a spelling in memory with flags %q", flags)
				}
			}
		}
	}
	for i, g := range guarded {
		if flags := mapping(t, g.open().value); !kept(flags) {
			t.Fatalf("a value in memory with flags %q", flags)
		}
		if !g.SameValue(secrets[i]) || !g.WithVersion("v2").WithMinLength(9).SameValue(secrets[i]) {
			t.Error("another value")
		}
	}
}

// until collects garbage until ok.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for range 200 {
		runtime.GC()
		if ok() {
			return
		}
		time.Sleep(time.Millisecond) // for the goroutine of cleanups, which nothing signals
	}
	t.Fatal("not given back")
}

// Guarded memory is overwritten and given back once no reader is left, and not
// before (REDACT-22).
func TestGuardedMemoryGoes(t *testing.T) {
	gone := func() bool {
		guardedValues.mu.Lock()
		defer guardedValues.mu.Unlock()
		if guardedValues.cur != nil && guardedValues.cur.live == 0 {
			guardedValues.retire() // kept for the next value
		}
		return guardedSize.Load() == 0
	}
	until(t, gone) // what other tests had
	dirty := 0
	wiped = func(mem []byte) {
		if len(bytes.Trim(mem, "\x00")) > 0 {
			dirty++
		}
	}
	defer func() { wiped = func([]byte) {} }()
	func() {
		s, err := NewGuardedSecret("a", "v1", []byte("kestrel-77-Moor/Lane"))
		skipUnlocked(t, err)
		other := s.WithVersion("v2")
		s = Secret{}
		m := guardedMatcher(t, other)
		held := NewSink(m, "test").Event()
		for i := range 300 { // merges in between
			m2, err := m.Update([]Secret{NewSecret("b", fmt.Sprint(i), []byte(awkward(i)))}, nil)
			skipUnlocked(t, err)
			m = m2
		}
		m, other = nil, Secret{}
		runtime.GC()
		runtime.GC()
		if guardedSize.Load() == 0 {
			t.Error("given back while an event holds the snapshot")
		}
		if got := held.String("x kestrel-77-Moor/Lane"); got != "x [REDACTED:a@v2]" {
			t.Error(got)
		}
		runtime.KeepAlive(&held)
	}()
	until(t, gone)
	if dirty > 0 {
		t.Errorf("%d mappings were given back as they were", dirty)
	}
}

// Values share pages, and each is overwritten by itself (REDACT-22).
func TestGuardedPool(t *testing.T) {
	var p guardedPool
	type piece struct {
		mem []byte
		c   *guardedChunk
	}
	var pieces []piece
	before := guardedSize.Load()
	for i := range 5000 {
		mem, c, err := p.alloc(1 + i%40)
		skipUnlocked(t, err)
		for k := range mem {
			if mem[k] != 0 {
				t.Fatal("used memory")
			}
			mem[k] = byte(i) | 1
		}
		pieces = append(pieces, piece{mem, c})
	}
	big, c, err := p.alloc(guardedChunkSize + 1)
	skipUnlocked(t, err)
	pieces = append(pieces, piece{big, c})
	if n := guardedSize.Load() - before; n > 5000*48+3*guardedChunkSize {
		t.Errorf("%d bytes mapped", n)
	}
	for i, x := range pieces[:5000] {
		for _, b := range x.mem {
			if b != byte(i)|1 {
				t.Fatal("two values in one place")
			}
		}
		if i%2 == 0 {
			p.free(x.c, x.mem)
			if i+1 < 5000 && pieces[i+1].mem[0] != byte(i+1)|1 {
				t.Fatal("a neighbour was overwritten")
			}
		}
	}
	for i, x := range pieces {
		if i == 5000 || i%2 == 1 {
			p.free(x.c, x.mem)
		}
	}
	p.retire()
	if n := guardedSize.Load() - before; n != 0 {
		t.Errorf("%d bytes left", n)
	}
}

// What was on the heap of a spelling is overwritten, and the caller's secrets
// are not (REDACT-22).
func TestGuardOverwrites(t *testing.T) {
	s := []*secret{NewSecret("a", "", []byte(awkward(3))).open(), NewSecret("d", "", []byte(`{"key":"kestrel-77-Moor/Lane 9"}`)).open()}
	texts, all := spellAll(&config{min: DefaultMinLength}, s)
	var old [][]byte
	for _, src := range texts.sources {
		old = append(old, src.bytes)
	}
	a := newAutomaton(texts, all, func(*automaton) {})
	skipUnlocked(t, a.guard(s, texts.sources))
	left := 0
	for _, b := range old {
		if len(bytes.Trim(b, "\x00")) > 0 && !bytes.Contains(s[0].value, b) && !bytes.Contains(s[1].value, b) {
			left++
		}
	}
	if left > 0 || len(old) < 20 {
		t.Errorf("%d of %d spellings are left on the heap", left, len(old))
	}
	if string(s[0].value) != awkward(3) {
		t.Error("the secret itself was overwritten")
	}
}

// Without memory to lock, a first matcher is refused, and a later one knows the
// secrets all the same and says so (REDACT-22).
func TestGuardedMemoryRefused(t *testing.T) {
	if emulated {
		t.Skip("a process of another kernel is needed")
	}
	if os.Getenv("GUARD_REFUSED") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestGuardedMemoryRefused$")
		cmd.Env = append(os.Environ(), "GUARD_REFUSED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return
	}
	m := guardedMatcher(t, NewSecret("a", "v1", []byte("kestrel-77-Moor/Lane")))
	const memlock, nobody = 8, 65534 // RLIMIT_MEMLOCK of setrlimit(2), a user who may not ignore it
	if err := syscall.Setrlimit(memlock, &syscall.Rlimit{}); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := syscall.Setuid(nobody); err != nil {
			t.Fatal(err)
		}
	}
	value := []byte(strings.Repeat("no memory for this", 5000))
	_, err := NewMatcher([]Secret{NewSecret("b", "v1", value)}, WithGuardedMemory())
	ge := new(GuardError)
	if !errors.As(err, &ge) || ge.Op != "mlock" || strings.Contains(err.Error(), "no memory for this") {
		t.Errorf("NewMatcher: %v", err)
	}
	if _, err := NewGuardedSecret("b", "v1", value); !errors.As(err, &ge) {
		t.Errorf("NewGuardedSecret: %v", err)
	}
	m, err = m.Update([]Secret{NewSecret("b", "v1", value)}, nil)
	if !errors.As(err, &ge) {
		t.Errorf("Update: %v", err)
	}
	if got := m.String("x " + string(value)); got != "x [REDACTED:b@v1]" {
		t.Errorf("not known: %.40q", got)
	}
}

func BenchmarkGuarded(b *testing.B) {
	secrets := make([]Secret, 1000)
	for i := range secrets {
		secrets[i] = NewSecret(fmt.Sprint("s", i), "v1", []byte(awkward(i)))
	}
	for _, opts := range [][]Option{nil, {WithGuardedMemory()}} {
		b.Run(fmt.Sprintf("build/guarded=%t", opts != nil), func(b *testing.B) {
			for b.Loop() {
				m, err := NewMatcher(secrets, opts...)
				if err != nil || m.String(awkward(7)) != "[REDACTED:s7@v1]" {
					b.Fatal("wrong", err)
				}
			}
		})
		b.Run(fmt.Sprintf("update/guarded=%t", opts != nil), func(b *testing.B) {
			m, err := NewMatcher(secrets, opts...)
			if err != nil {
				b.Fatal(err)
			}
			for i := 0; b.Loop(); i++ {
				n, err := m.Update([]Secret{NewSecret("x", "v1", []byte(awkward(1000+i)))}, nil)
				if err != nil || n.String(awkward(1000+i)) != "[REDACTED:x@v1]" {
					b.Fatal("wrong", err)
				}
			}
		})
	}
}
