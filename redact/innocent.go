package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
)

// This file tells how much of a value is no secret: a cut value is recognised
// only by what comes after.

// innocentPrefix returns how many bytes at the start of v occur in innocent
// text too: scheme and user of a URL, the header of a PEM block or of a JWT,
// the prefix that a vendor gives its tokens.
func innocentPrefix(v []byte) int {
	lead := len(v) - len(bytes.TrimLeft(v, " \t\r\n\"'`"))
	t := v[lead:]
	if doc := jsonDocument(t); doc != nil {
		return lead + documentPrefix(t, doc)
	}
	if bytes.HasPrefix(t, []byte("-----BEGIN ")) {
		if i := bytes.IndexByte(t, '\n'); i >= 0 {
			return min(len(v), lead+i+1+keyPrefix(t[i+1:]))
		}
		return len(v)
	}
	if i := bytes.Index(t, []byte("://")); i > 0 && i < 32 {
		authority := t[i+3:]
		if j := bytes.IndexAny(authority, "/?#"); j >= 0 {
			authority = authority[:j]
		}
		if at := bytes.LastIndexByte(authority, '@'); at >= 0 {
			if colon := bytes.IndexByte(authority[:at], ':'); colon >= 0 {
				return lead + i + 3 + colon + 1
			}
			return lead + i + 3
		}
		if q := bytes.IndexByte(t, '?'); q >= 0 {
			return lead + q + 1
		}
		return min(len(v), lead+i+3+len(authority)+1)
	}
	if bytes.HasPrefix(t, []byte("eyJ")) {
		if i := bytes.IndexByte(t, '.'); i > 0 {
			return lead + i + 1
		}
	}
	if n := settingsPrefix(t); n > 0 {
		return lead + n
	}
	if bytes.HasPrefix(t, []byte("ssh-")) || bytes.HasPrefix(t, []byte("ecdsa-")) {
		if i := bytes.IndexByte(t, ' '); i > 0 {
			return min(len(v), lead+i+1+sshInnocent)
		}
	}
	// Words: sk_live_, github_pat_, xoxb-, SG., or those of a passphrase.
	n := 0
	for word, i := 0, 0; i < len(t); i++ {
		c := t[i]
		if c == '_' || c == '-' || c == '.' || c == ' ' {
			if word == 0 {
				break
			}
			n, word = i+1, 0
			continue
		}
		if c < 'a' && (c < 'A' || c > 'Z') || c > 'z' {
			break
		}
		word++
	}
	for _, p := range []string{"AKIA", "ASIA", "AIza"} {
		if bytes.HasPrefix(t, []byte(p)) {
			n = len(p)
		}
	}
	return lead + n
}

// sshInnocent is how many base64 characters at the start of an SSH key name its
// algorithm.
const sshInnocent = 25

// settingsPrefix returns how many bytes at the start of a value of settings, such
// as "DB_HOST=localhost\nDB_PASSWORD=..." or "user=app;key=...", come before the
// first that looks like a secret; 0 if the value does not begin with a setting.
func settingsPrefix(t []byte) int {
	at := 0
	for at < len(t) {
		key := 0
		for at+key < len(t) && (t[at+key] == '_' || t[at+key] == '-' || t[at+key]|0x20 >= 'a' && t[at+key]|0x20 <= 'z') {
			key++
		}
		rest := t[at+key:]
		switch {
		case key < 3:
			return at
		case bytes.HasPrefix(rest, []byte("=")):
			key++
		case bytes.HasPrefix(rest, []byte(": ")):
			key += 2
		default:
			return at
		}
		at += key
		end := bytes.IndexAny(t[at:], "\n;")
		if end < 0 || varied(string(t[at:at+end])) {
			return at
		}
		for at += end + 1; at < len(t) && (t[at] == ' ' || t[at] == '\n'); at++ {
		}
	}
	return at
}

// documentPrefix returns where the first secret leaf of a document begins; all of
// t, if it has none.
func documentPrefix(t []byte, doc any) int {
	secret := make(map[string]bool)
	leaves(doc, func(key, s string) { secret[s] = secret[s] || secretLeaf(key, s) })
	for at := 0; ; {
		i := bytes.IndexByte(t[at:], '"')
		if i < 0 {
			return len(t)
		}
		start := at + i
		end := start + 1
		for ; t[end] != '"'; end++ { // ends: t is a JSON text
			if t[end] == '\\' {
				end++
			}
		}
		at = end + 1
		var s string
		if json.Unmarshal(t[start:at], &s) == nil && secret[s] {
			return start + 1
		}
	}
}

// pemInnocent is how many base64 characters at the start of a private key of
// unknown structure are taken to say only which algorithm it is for.
const pemInnocent = 56

// keyPrefix returns how many bytes at the start of the body of a PEM block say
// only what kind of key it is.
func keyPrefix(body []byte) int {
	// What the kinds begin with ends within 128 bytes.
	const most = 172
	digits := make([]byte, 0, most)
	for _, c := range body {
		if c == '-' || c == ':' || len(digits) == most {
			break
		}
		if c > ' ' {
			digits = append(digits, c)
		}
	}
	digits = digits[:len(digits)/4*4]
	der, err := base64.StdEncoding.AppendDecode(nil, digits)
	defer clear(der[:cap(der)])
	defer clear(digits[:cap(digits)])
	if err != nil {
		return min(pemInnocent, len(body))
	}
	known, ok := sshKeyPrefix(der)
	if !ok {
		known, ok = derPrefix(der)
	}
	if !ok {
		return min(pemInnocent, len(body))
	}
	n := known * 8 / 6
	for i, c := range body {
		if c <= ' ' {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	return len(body)
}

// numberMin is the least length of a number in a key that nobody else has, in
// bytes.
const numberMin = 16

// derPrefix returns where the first long number or string of DER begins, as of
// PKCS #1, PKCS #8 and RFC 5915 keys. der may be cut short.
func derPrefix(der []byte) (int, bool) {
	const (
		integer   = 0x02
		bitString = 0x03
		octets    = 0x04
		sequence  = 0x30
	)
	inside := false // of a string, as the key itself is in PKCS #8
	for at := 0; ; {
		tag, header, n, ok := derHeader(der[at:])
		if !ok {
			return 0, false
		}
		at += header
		switch {
		case tag&0x20 != 0: // made of others
			continue
		case tag == bitString && n > 0:
			at, n = at+1, n-1
		}
		if tag == integer || tag == bitString || tag == octets {
			if at > len(der) {
				return 0, false
			}
			// Others inside, if they fill it: a number may begin as they do.
			if t, h, m, ok := derHeader(der[at:]); ok && !inside && tag != integer && (t == sequence || t == octets) && h+m == n {
				inside = true
				continue
			}
			if n >= numberMin {
				return at, true
			}
		}
		if n > len(der)-at {
			return 0, false
		}
		at += n
	}
}

// derHeader returns the tag at the start of b, the length of its header and that
// of what follows.
func derHeader(b []byte) (tag byte, header, n int, ok bool) {
	if len(b) < 2 {
		return 0, 0, 0, false
	}
	header, n = 2, int(b[1])
	if n >= 0x80 {
		size := n & 0x7f
		if size == 0 || size > 3 || len(b) < 2+size {
			return 0, 0, 0, false
		}
		n = 0
		for _, c := range b[2 : 2+size] {
			n = n<<8 | int(c)
		}
		header += size
	}
	return b[0], header, n, true
}

// sshKeyPrefix does the same for the format of OpenSSH, PROTOCOL.key in its
// sources.
func sshKeyPrefix(key []byte) (int, bool) {
	const magic = "openssh-key-v1\x00"
	if !bytes.HasPrefix(key, []byte(magic)) {
		return 0, false
	}
	at := len(magic)
	for field := 0; at+4 <= len(key); field++ {
		n := int(binary.BigEndian.Uint32(key[at:]))
		at += 4
		switch field {
		case 0, 1, 2, 5: // the cipher, its key derivation with options, the algorithm
		case 3, 4: // how many keys, and how long the first is
			continue
		default:
			if n >= numberMin {
				return at, true
			}
		}
		if n < 0 || n > len(key)-at { // negative where an int has 32 bits
			return 0, false
		}
		at += n
	}
	return 0, false
}
