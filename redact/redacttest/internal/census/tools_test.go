package census

import (
	"encoding/base32"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

// The copies of tools are compared with the tools, where they are installed and
// TAGOUT_TOOLS is set.
func TestCopiesAgreeWithTools(t *testing.T) {
	const python = "import sys,base64,json,shlex,quopri\nv=sys.stdin.buffer.read()\nw=sys.stdout.buffer.write\n"
	const node = "let v=require('fs').readFileSync(0,'utf8');process.stdout.write("
	for _, c := range []struct {
		form string
		copy func(string) string
		args []string
	}{
		{"json.dumps", func(v string) string { return jsonASCII(v, `\u%04x`, false) }, []string{"python3", "-c", python + "w(json.dumps(v.decode())[1:-1].encode())"}},
		{"shlex.quote", func(v string) string { return "'" + strings.ReplaceAll(v, "'", `'"'"'`) + "'" }, []string{"python3", "-c", python + "w(shlex.quote(v.decode()).encode())"}},
		{"a85encode", ascii85Text, []string{"python3", "-c", python + "w(base64.a85encode(v))"}},
		{"bytes repr", pythonBytes, []string{"python3", "-c", python + "s=repr(v+b'\\x22')[2:-1]\nw((s[:-1] if s[-1]=='\\x22' else s[:-2]).encode())"}},
		{"b32encode", encoded32(base32.StdEncoding, same), []string{"python3", "-c", python + "w(base64.b32encode(v))"}},
		{"encodeURIComponent", encodeURIComponent, []string{"node", "-e", node + "encodeURIComponent(v))"}},
		{"JSON.stringify", jsonPlain, []string{"node", "-e", node + "JSON.stringify(v).slice(1,-1))"}},
		{"utf16le", func(v string) string { return b64(utf16Bytes(v, false)) }, []string{"node", "-e", node + "Buffer.from(v,'utf16le').toString('base64'))"}},
		{"printf %q", bashQ, []string{"bash", "-c", `export LC_ALL=C.UTF-8; IFS= read -r -d '' v; printf %q "$v"`}},
		{"base64 -w76", func(v string) string { return wrapSpelling(Spelling{Text: b64(v)}, 76, "\n").Text }, []string{"base64", "-w76"}},
		{"openssl base64", func(v string) string { return wrapSpelling(Spelling{Text: b64(v)}, 64, "\n").Text }, []string{"openssl", "base64"}},
		{"fold", folded(40, ""), []string{"fold", "-w40"}},
	} {
		t.Run(c.form, func(t *testing.T) {
			if _, err := exec.LookPath(c.args[0]); err != nil || os.Getenv("TAGOUT_TOOLS") == "" {
				t.Skip("not asked for, or not installed")
			}
			for _, s := range Secrets() {
				v := s.Value
				if c.form == "fold" && !ascii(v) {
					continue // counts bytes or columns, by version
				}
				if c.form == "shlex.quote" && strings.Trim(v, "-_") != "" && !strings.ContainsAny(v, " \n&") {
					continue // left bare
				}
				cmd := exec.Command(c.args[0], c.args[1:]...)
				cmd.Stdin = strings.NewReader(v)
				out, err := cmd.Output()
				if err != nil && c.args[0] != "bash" { // read fails at the end of the input
					t.Skipf("%s: %v", c.args[0], err)
				}
				if got, want := c.copy(v), strings.TrimSuffix(string(out), "\n"); strings.TrimSuffix(got, "\n") != want {
					t.Errorf("%s:\ncopy %q\ntool %q", s.Name, got, want)
				}
			}
		})
	}
}

func ascii(v string) bool {
	for i := range len(v) {
		if v[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
