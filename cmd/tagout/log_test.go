package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// planted is a log with secrets in it, in many spellings.
type planted struct {
	text      []byte
	spellings []string // in order
	names     []string // of the secrets, likewise
}

var logSecrets = []struct{ name, version, value string }{
	{"payments/db/password", "v7", `Zq7!mW2"kd9$Lx&`},
	{"payments/api/key", "v12", "pk_demo_4eC39HqLyjWDarjtT1z"},
	{"mail/relay", "2026-01", "correct horse battery staple é\\/+ok"},
	{"queue/dsn", "v1", "amqp://app:nT4;rB8'vs1@mq:5672/"},
}

// logSpellings are made by the calls that make them in programs. The length of a
// value that is written in base64 is a multiple of 3: otherwise its last
// character may be kept.
func logSpellings(value string) []string {
	quote := func(s string) string { return inside(fmt.Sprintf("%q", s)) }
	marshal := func(s string) string {
		b, _ := json.Marshal(s)
		return inside(string(b))
	}
	all := []string{
		value, quote(value), marshal(value), marshal(marshal(value)), url.QueryEscape(value), url.PathEscape(value),
		url.QueryEscape(url.QueryEscape(value)), hex.EncodeToString([]byte(value)), strings.ToUpper(hex.EncodeToString([]byte(value))),
	}
	if len(value)%3 == 0 {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(value)), base64.URLEncoding.EncodeToString([]byte(value)))
	}
	return all
}

// plantedLog reads a log that a package manager wrote and plants a secret into
// every third line, at some space in it.
func plantedLog(t *testing.T) planted {
	t.Helper()
	f, err := os.Open("testdata/dpkg.log.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zr, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	var p planted
	var out bytes.Buffer
	n := 0
	for line := range bytes.Lines(raw) {
		n++
		if n%3 != 0 {
			out.Write(line)
			continue
		}
		s := logSecrets[n/3%len(logSecrets)]
		all := logSpellings(s.value)
		spelling := all[n/12%len(all)]
		words := bytes.Split(line, []byte(" "))
		words[n%len(words)] = append([]byte(`="`+spelling+`" `), words[n%len(words)]...)
		out.Write(bytes.Join(words, []byte(" ")))
		p.spellings = append(p.spellings, spelling)
		p.names = append(p.names, "[REDACTED:"+s.name+"@"+s.version+"]")
	}
	if n < 3000 || len(p.spellings) < 1000 {
		t.Fatalf("%d lines, %d secrets: the log is too small to show anything", n, len(p.spellings))
	}
	p.text = out.Bytes()
	return p
}

func logSecretsFile(t *testing.T) string {
	t.Helper()
	doc := map[string]any{}
	for _, s := range logSecrets {
		path, field := filepath.Split(s.name)
		doc[strings.TrimSuffix(path, "/")] = map[string]any{"data": map[string]string{field: s.value}, "version": s.version}
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "secrets.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// CLI-10: a log of some thousand lines with planted secrets: none is left, and
// with the spellings put back in the place of the tags it is the same file.
func TestRealLog(t *testing.T) {
	log := plantedLog(t)
	cmd := command(t, "filter", "--secrets", logSecretsFile(t))
	cmd.Stdin = bytes.NewReader(log.text)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, errs.String())
	}
	for i, s := range log.spellings {
		if bytes.Contains(out, []byte(s)) {
			t.Fatalf("a spelling of %s is left: %q", log.names[i], s)
		}
	}
	for _, s := range logSecrets {
		for i := range len(s.value) - 7 {
			if part := s.value[i : i+8]; bytes.Contains(out, []byte(part)) {
				t.Fatalf("a part of %s is left: %q", s.name, part)
			}
		}
	}
	k := 0
	back := regexp.MustCompile(`\[REDACTED:[^\]]*\]`).ReplaceAllFunc(out, func(tag []byte) []byte {
		if k >= len(log.names) || string(tag) != log.names[k] {
			t.Fatalf("tag %d is %s", k, tag)
		}
		k++
		return []byte(log.spellings[k-1])
	})
	if k != len(log.names) {
		t.Errorf("%d tags, %d secrets", k, len(log.names))
	}
	if !bytes.Equal(back, log.text) {
		i := 0
		for i < min(len(back), len(log.text)) && back[i] == log.text[i] {
			i++
		}
		t.Errorf("what is no secret has changed at byte %d: %.80q, want %.80q", i, back[max(0, i-40):], log.text[max(0, i-40):])
	}
}

// CLI-18: scan finds each of them at its place.
func TestRealLogScan(t *testing.T) {
	log := plantedLog(t)
	path := filepath.Join(t.TempDir(), "app.log")
	if err := os.WriteFile(path, log.text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "scan", "--format", "json", "--secrets", logSecretsFile(t), path)
	out, _ := cmd.Output()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Fatalf("status %d", code)
	}
	var got struct {
		Findings []struct {
			Line, Column, Offset, Length int
			Name, Version                string
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) != len(log.spellings) {
		t.Errorf("%d findings, %d secrets", len(got.Findings), len(log.spellings))
	}
	lines := bytes.SplitAfter(log.text, []byte("\n"))
	for i, f := range got.Findings {
		if i >= len(log.spellings) {
			break
		}
		at := string(log.text[f.Offset : f.Offset+f.Length])
		inLine := string(lines[f.Line-1][f.Column-1:])
		if at != log.spellings[i] || !strings.HasPrefix(inLine, at) || "[REDACTED:"+f.Name+"@"+f.Version+"]" != log.names[i] {
			t.Fatalf("finding %d: %q at %d:%d, want %q", i, at, f.Line, f.Column, log.spellings[i])
		}
	}
}

// CLI-10: whatever the bytes, they come out as they were.
func TestBinary(t *testing.T) {
	var in bytes.Buffer
	for i := range 1 << 16 {
		in.Write([]byte{byte(i), byte(i >> 8), 0, 0xff})
	}
	in.WriteString("\xc3(\xe2\x82 [REDACTED:fake@v1] \r\r\n\x1b[31m no newline")
	cmd := command(t, "filter", "--secrets", logSecretsFile(t))
	cmd.Stdin = bytes.NewReader(in.Bytes())
	out, err := cmd.Output()
	if err != nil || !bytes.Equal(out, in.Bytes()) {
		t.Errorf("%v, %d bytes of %d", err, len(out), in.Len())
	}
}

// CLI-10: a line of 100 MB passes, with secrets in it, in little memory.
func TestLongLine(t *testing.T) {
	if testing.Short() {
		t.Skip("100 MB")
	}
	const total = 100 << 20
	block := []byte(strings.Repeat("clean text without any end of line ", 1800))
	secret := logSecrets[0]
	tag := "[REDACTED:" + secret.name + "@" + secret.version + "]"
	cmd := command(t, "filter", "--secrets", logSecretsFile(t))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sent := 0
	go func() {
		for ; sent*len(block) < total; sent++ {
			in.Write(block)
			io.WriteString(in, secret.value)
		}
		in.Close()
	}()
	tags, clean := 0, 0
	buf := make([]byte, len(block)+len(tag))
	for {
		n, err := io.ReadFull(out, buf)
		if n == 0 {
			break
		}
		if err != nil || !bytes.Equal(buf[:len(block)], block) || string(buf[len(block):]) != tag {
			t.Fatalf("block %d is not the same: %v", tags, err)
		}
		tags, clean = tags+1, clean+len(block)
	}
	if err := cmd.Wait(); err != nil || clean < total {
		t.Fatalf("%v after %d bytes", err, clean)
	}
	if peak, ok := peakMemory(cmd.ProcessState); ok && peak > 256<<20 && !raceEnabled {
		t.Errorf("%d MiB for a line of 100 MiB", peak>>20)
	}
}

// command is the command under test.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("tagout")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.WaitDelay = time.Minute
	return cmd
}

// peakMemory is the most memory that a process had, in bytes.
func peakMemory(s *os.ProcessState) (int64, bool) {
	if runtime.GOOS != "linux" {
		return 0, false
	}
	_, rest, ok := strings.Cut(fmt.Sprintf("%+v", s.SysUsage()), "Maxrss:")
	n, err := strconv.ParseInt(rest[:max(0, strings.IndexByte(rest, ' '))], 10, 64)
	return n << 10, ok && err == nil
}
