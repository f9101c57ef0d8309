package redact

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// derivedMin is the least length of an encoded or derived spelling, whatever
// the secret's own minimum: four bytes that somebody chose can be told from
// text, four that an encoding made cannot.
const derivedMin = DefaultMinLength

// longValue is the length from which a value is looked for in fewer
// encodings, so that a huge one does not cost fifty times its size.
const longValue = 32 << 10

// A needle is one spelling of a secret.
type needle struct {
	src    uint32
	length uint16
	code   code
	again  uint8 // see Form.again
	entry
}

// needles collects the spellings of secrets.
type needles struct {
	texts
	cfg    *config
	out    []needle
	maker  textMaker
	secret uint32 // the current one
	min    int    // of the secret
	seqs   uint8  // sequences of lines so far
}

// spell adds everything to look for, for a secret at an index.
func (n *needles) spell(index uint32, s *secret) {
	n.secret, n.min, n.seqs = index, cmp.Or(s.min, n.cfg.min), 0
	v := s.value
	n.value(v, FormRaw)
	if doc := jsonDocument(v); doc != nil {
		n.document(doc)
	}
	n.pem(v)
}

// value adds a value (the secret itself, or a leaf of a document) in all forms.
// form names the value as it is.
func (n *needles) value(v []byte, form Form) {
	innocent := innocentPrefix(v)
	n.plain(v, form, innocent)
	n.encodings(v, innocent)
	if t := bytes.TrimSpace(v); len(t) != len(v) {
		lead := len(v) - len(bytes.TrimLeft(v, " \t\r\n\v\f"))
		n.plain(t, FormTrimmed, max(0, innocent-lead))
		n.encodings(t, max(0, innocent-lead))
	}
	if t := unquote(v); t != nil {
		n.plain(t, FormUnquoted, max(0, innocent-1))
		n.encodings(t, max(0, innocent-1))
	}
	// After a first line that is too short for the views to read over what follows
	// it, the rest stands for the value.
	rest := v
	for i := bytes.IndexByte(rest, '\n'); i >= 0 && i < wrapMin; i = bytes.IndexByte(rest, '\n') {
		rest = rest[i+1:]
	}
	if len(rest) < len(v) {
		rest = bytes.TrimLeft(rest, " \t\r\n\v\f")
		if t := bytes.TrimSpace(rest); 2*len(t) >= len(v) {
			n.plain(t, FormLines, max(0, innocent-(len(v)-len(rest))))
		}
	}
	n.lines(v)
}

// plain adds v and the rewritings of it that keep its characters.
func (n *needles) plain(v []byte, form Form, innocent int) {
	innocent = min(innocent, len(v)) // of what v was taken from
	n.add(v, form, innocent)
	rewrite := func(form Form, from ...string) {
		if t := rewritten(v, from); t != nil {
			n.add(t, form, len(v[:innocent])+grown(v[:innocent], from))
			n.unfolded(t, form)
		}
	}
	n.unfolded(v, FormJoined)
	if bytes.ContainsRune(v, '\n') {
		rewrite(FormNewlines, "\r\n", "\r\n", "\n", "\r\n")
		rewrite(FormNewlines, "\r\n", "\n")
		rewrite(FormOneLine, "\r\n", " ", "\n", " ")
		rewrite(FormJoined, "\r\n", "", "\n", "")
	}
	// What the view of mixed escapes makes of the value: without line breaks and
	// indentation, and with whatever looks like an escape in it decoded.
	form2 := FormUnescaped
	if bytes.ContainsAny(v, "\r\n") {
		form2 = FormJoined
	}
	for u, i := v, 0; i < 4; i++ {
		t := unescape(u)
		if bytes.Equal(t, u) {
			break
		}
		n.add(t, form2, len(unescape(v[:innocent])))
		u = t
	}
	rewrite(FormPlus, " ", "+")
	rewrite(FormShell, `'`, `'\''`)
	rewrite(FormShell, `'`, `'"'"'`)
	if t := eatBackslashes(v); len(t) != len(v) {
		n.add(t, FormShell, len(eatBackslashes(v[:innocent])))
	}
	rewrite(FormShell, `\`, "")
	for _, c := range []string{`'`, `"`, `$`, `%`} {
		rewrite(FormDoubled, c, c+c)
	}
	for _, also := range []string{"", `"`, "()", `()"`, "()%!", `()%!"`} {
		var carets []string
		for _, c := range "&|<>^" + also {
			carets = append(carets, string(c), "^"+string(c))
		}
		rewrite(FormCaret, carets...)
	}
	// The body of a message, the same for gateways that know no ASCII, and the word
	// of a header: RFC 2045 and 2047.
	for _, also := range []string{"", "!\"#$@[\\]^`{|}~", "?_ "} {
		if also != "" && !bytes.ContainsAny(v, also) {
			continue // as the first
		}
		if t := quotedPrintable(v, also); t != nil {
			n.add(t, FormQP, max(innocent, len(quotedPrintable(v[:innocent], also))))
			n.unfolded(t, FormQP)
		}
	}
	if !utf8.Valid(v) {
		for _, each := range []bool{true, false} {
			if t := replaceInvalid(v, each); len(t)-3*bytes.Count(t, []byte("\uFFFD")) >= 8 {
				n.add(t, FormReplaced, len(replaceInvalid(v[:innocent], each)))
			}
		}
	} else if t := latin1(v); t != nil {
		n.add(t, FormLatin1, len(t))
	}
}

// unfolded adds a spelling of several lines as the views read it that pass over
// line breaks.
func (n *needles) unfolded(text []byte, form Form) {
	if bytes.ContainsAny(text, "\r\n") {
		n.add(unfold(text, false), form, len(text))
		n.add(unfold(text, true), form, len(text))
	}
}

// encodings adds the block encodings of v, each form if it is long enough.
func (n *needles) encodings(v []byte, innocent int) {
	innocent = min(innocent, len(v))
	if len(v) == 0 {
		return
	}
	e := encoder{needles: n, src: n.source(v), v: v}
	if innocent+derivedMin <= len(v) {
		e.distinctive = v[:innocent+derivedMin]
	}
	e.all(FormHex, codeHex)
	e.all(FormHexUpper, codeHexUpper)
	special := e.base64(innocent)
	if len(v) > longValue {
		return
	}
	e.all(FormHexSpaced, codeHexSpaced)
	e.all(FormHexSpaced, codeHexSpacedUpper)
	n.mark(e.src)
	for c := codeDecimal; c < codeGoBytes; c++ {
		e.all(FormDecimal, c)
	}
	e.all(FormGoBytes, codeGoBytes)
	for c := codeBase32; c < codeBase32+code(len(base32Alphabets)); c++ {
		ext := alpha32
		if len(v)%5 != 0 {
			ext |= extRight
		}
		e.put(FormBase32, c, entry{ext: ext, cut: e.cut(c)}, c.decided(v))
	}
	e.ascii85()
	e.twice(special)
	e.utf16(innocent)
}

// An encoder adds block encodings of one value.
type encoder struct {
	*needles
	src         uint32
	v           []byte
	distinctive []byte // the shortest prefix of v that is distinctive; nil: none is
}

// put adds the first length bytes of what a code makes.
func (e *encoder) put(form Form, c code, en entry, length int) {
	en.form = formIDs[form]
	e.needles.put(needle{src: e.src, code: c, entry: en}, length, derivedMin)
}

// all adds all that a code makes.
func (e *encoder) all(form Form, c code) { e.put(form, c, entry{cut: e.cut(c)}, c.decided(e.v)) }

// cut is the shortest distinctive prefix of an encoded value: that of the value,
// encoded.
func (e *encoder) cut(c code) uint16 {
	if e.distinctive == nil {
		return 0
	}
	return clampCut(c.decided(e.distinctive))
}

// base64 adds the characters that the value alone decides, at each of the three
// alignments and in both alphabets. It returns at which alignments those differ.
func (e *encoder) base64(innocent int) (special [3]bool) {
	e.cores(FormBase64, codeBase64, e.v[0], len(e.v), innocent, &special)
	return special
}

// cores adds base64 of n bytes, the first of which is given.
func (e *encoder) cores(form Form, c code, first byte, n, innocent int, special *[3]bool) {
	cut := 0
	if innocent+derivedMin <= n {
		cut = (innocent+derivedMin)*4/3 + 1
	}
	for shift := range 3 {
		c := c + code(shift)
		length := c.decided(e.v)
		if length == 0 {
			continue
		}
		en := entry{ext: alpha64, cut: clampCut(cut)}
		if (n+shift)%3 != 0 {
			en.ext |= extRight
		}
		if shift > 0 {
			// The low 4 or 2 bits of the character before are the value's.
			bits := 6 - 2*shift
			en.left = leftBits(bits)<<4 | leftBits(first>>(8-bits))
		}
		e.put(form, c, en, length)
		if special == nil {
			continue // no base64 of base64 has the two digits in which they differ
		}
		special[shift] = bytes.ContainsAny(e.maker.text(&e.texts, e.src, c, length), stdAlphabet[62:])
		if special[shift] {
			e.put(form, c+3, en, length)
		}
	}
}

// twice adds base64 of base64: of what the value alone decides at each
// alignment, and of what it is encoded to by itself, with its last digit and
// padding.
func (e *encoder) twice(special [3]bool) {
	add := func(inner code) {
		if n := innerLen(inner, len(e.v)); n > 0 {
			e.cores(FormBase64Twice, codeBase64Twice+3*inner, innerAt(e.v, inner, 0), n, n, nil)
		}
	}
	for shift := range code(3) {
		add(shift)
		if special[shift] {
			add(3 + shift)
		}
	}
	if len(e.v)%3 == 0 {
		return // the first alignment has all of it
	}
	for alphabet := range code(2) {
		if alphabet == 0 || special[0] {
			add(innerRaw + alphabet)
			add(innerPadded + alphabet)
		}
	}
}

// ascii85 adds the value as a text of its own, and the groups of it that nothing
// after it changes.
func (e *encoder) ascii85() {
	n := len(e.v)
	for k := 0; k+4 <= n; k += 4 {
		if binary.LittleEndian.Uint32(e.v[k:]) == 0 { // these are spelled "z"
			for _, whole := range [][]byte{e.v, e.v[:n/4*4]} {
				cut := 0
				if e.distinctive != nil {
					cut = len(ascii85Whole(e.distinctive))
				}
				e.stored(ascii85Whole(whole), entry{form: formIDs[FormASCII85], cut: clampCut(cut)}, derivedMin)
			}
			return
		}
	}
	cut := e.cut(codeASCII85)
	e.put(FormASCII85, codeASCII85, entry{cut: cut}, n/4*5)
	if n%4 != 0 {
		if r := len(e.distinctive) % 4; r > 0 {
			cut += uint16(r + 1)
		}
		e.put(FormASCII85, codeASCII85, entry{cut: cut}, n/4*5+n%4+1)
	}
}

// utf16 adds UTF-16, and base64 of it.
func (e *encoder) utf16(innocent int) {
	if !utf8.Valid(e.v) {
		return
	}
	var special [3]bool
	if isASCII(e.v) {
		e.all(FormUTF16, codeUTF16LE)
		e.all(FormUTF16, codeUTF16BE)
		e.cores(FormBase64UTF16, codeBase64UTF16, e.v[0], 2*len(e.v), 2*innocent, &special)
		return
	}
	for _, enc := range []func([]byte) []byte{utf16LE, utf16BE} {
		cut := 0
		if e.distinctive != nil {
			cut = len(enc(e.distinctive))
		}
		e.stored(enc(e.v), entry{form: formIDs[FormUTF16], cut: clampCut(cut)}, derivedMin)
	}
	le := utf16LE(e.v)
	of := encoder{needles: e.needles, src: e.source(le), v: le}
	of.cores(FormBase64UTF16, codeBase64, le[0], len(le), len(utf16LE(e.v[:innocent])), &special)
}

func isASCII(v []byte) bool {
	for _, c := range v {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// add adds a spelling that keeps the characters of the value.
func (n *needles) add(text []byte, form Form, innocent int) {
	least := n.min
	if form != FormRaw {
		least = max(least, derivedMin)
	}
	cut := innocent + derivedMin
	if cut > len(text) {
		cut = 0
	}
	n.stored(text, entry{form: formIDs[form], cut: clampCut(cut)}, least)
}

func clampCut(n int) uint16 { return uint16(min(n, maxPattern)) }

// source adds a source. It keeps b.
func (n *needles) source(b []byte) uint32 {
	if i := len(n.sources) - 1; i >= 0 {
		if last := n.sources[i]; last.skip == 0 && len(last.bytes) == len(b) && len(b) > 0 && &last.bytes[0] == &b[0] {
			return uint32(i)
		}
	}
	n.sources = append(n.sources, source{bytes: b})
	return uint32(len(n.sources) - 1)
}

// stored adds a text as it is.
func (n *needles) stored(text []byte, en entry, least int) {
	if len(text) >= least && !n.off(en.form) {
		n.put(needle{src: n.source(text), entry: en}, len(text), least)
	}
}

func (n *needles) off(form formID) bool { return n.cfg.off[forms[form]] && form != 0 }

// put adds a spelling of at least least bytes, in pieces if it is very long.
func (n *needles) put(nd needle, length, least int) {
	if length < least || n.off(nd.form) {
		return
	}
	nd.secret, nd.again = n.secret, forms[nd.form].again()
	for at := 0; ; {
		rest := length - at
		nd.length = uint16(min(rest, maxPattern))
		n.out = append(n.out, nd)
		if rest <= maxPattern {
			return
		}
		if at += maxPattern - 1; length-at < 64 { // no piece so short that innocent text has it
			return
		}
		nd.src, nd.cut = n.piece(nd.src, at), derivedMin
	}
}

// piece adds a source from which texts begin at an offset.
func (n *needles) piece(src uint32, at int) uint32 {
	s := n.sources[src]
	s.skip = uint32(at)
	n.sources = append(n.sources, s)
	return uint32(len(n.sources) - 1)
}

// lines adds the lines of a value, to be found in order with something before
// each: a log prefix, indentation.
func (n *needles) lines(v []byte) {
	if bytes.Count(v, []byte("\n")) == 0 {
		return
	}
	var pieces [][]byte
	for line := range lines(v) {
		if line = bytes.TrimSpace(line); len(line) >= derivedMin && len(line) <= maxPattern {
			pieces = append(pieces, line)
		}
	}
	if len(pieces) < 2 || len(pieces) > 200 {
		return
	}
	if n.seqs++; n.seqs == 0 {
		n.seqs-- // a document of 256 texts of several lines: each is found by other forms
		return
	}
	for i, p := range pieces {
		n.stored(p, entry{form: formIDs[FormLines], piece: uint8(i + 1), pieces: uint8(len(pieces)), seq: n.seqs}, derivedMin)
	}
}

// lines is [bytes.Lines], but what it yields has the capacity of v: see
// automaton.guard.
func lines(v []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for at := 0; at < len(v); {
			end := len(v)
			if i := bytes.IndexByte(v[at:], '\n'); i >= 0 {
				end = at + i + 1
			}
			if !yield(v[at:end]) {
				return
			}
			at = end
		}
	}
}

// pem adds the body lines of PEM blocks, each by itself. Not the lines that
// begin and end a block, nor headers: innocent text is full of them.
func (n *needles) pem(v []byte) {
	inside := false
	innocent, at := 0, 0
	for whole := range lines(v) {
		line := bytes.TrimSpace(whole)
		at += len(whole)
		switch {
		case bytes.HasPrefix(line, []byte("-----BEGIN ")):
			inside, innocent = true, keyPrefix(v[at:])
		case bytes.HasPrefix(line, []byte("-----END ")):
			inside = false
		case inside && len(line) >= 16 && !bytes.ContainsAny(line, ": "):
			if innocent+derivedMin <= len(line) { // not a line that all keys of the kind have
				n.stored(line, entry{form: formIDs[FormBodyLine], cut: clampCut(max(16, innocent+derivedMin))}, 16)
			}
			innocent = max(0, innocent-len(whole))
		}
	}
}

// document adds the leaves of a JSON document that are secret by themselves.
func (n *needles) document(doc any) {
	done := make(map[string]bool)
	leaves(doc, func(key, s string) {
		if !done[s] && secretLeaf(key, s) {
			done[s] = true
			n.value([]byte(s), FormLeaf)
			n.pem([]byte(s))
		}
	})
}

// leaves calls f for each string in a document, with its key.
func leaves(doc any, f func(key, s string)) {
	var walk func(key string, x any, depth int)
	walk = func(key string, x any, depth int) {
		if depth > 16 {
			return
		}
		switch x := x.(type) {
		case map[string]any:
			for k, y := range x {
				walk(k, y, depth+1)
			}
		case []any:
			for _, y := range x {
				walk(key, y, depth+1)
			}
		case string:
			f(key, x)
		}
	}
	walk("", doc, 0)
}

// jsonDocument returns the object or array that v is, nil if it is none.
func jsonDocument(v []byte) any {
	t := bytes.TrimSpace(v)
	if len(t) < 2 || t[0] != '{' && t[0] != '[' || !json.Valid(t) {
		return nil
	}
	var doc any
	if json.Unmarshal(t, &doc) != nil {
		return nil
	}
	return doc
}

// publicKeys are keys of credential documents whose values identify and do not
// authenticate. Redacting them would hide which account a message is about.
var publicKeys = []string{
	"type", "project_id", "client_email", "client_id", "auth_uri", "token_uri", "universe_domain",
	"auth_provider_x509_cert_url", "client_x509_cert_url", "username", "user", "host", "hostname", "port", "engine",
	"dbname", "database", "dbinstanceidentifier", "region", "zone", "availability_zone", "endpoint", "address", "ip", "arn", "email", "name", "account", "tenant_id", "kind", "version",
}

// secretLeaf reports whether a string in a document is a secret by itself.
func secretLeaf(key, s string) bool {
	if len(s) < derivedMin || slices.Contains(publicKeys, strings.ToLower(key)) {
		return false
	}
	if strings.Contains(s, "-----BEGIN ") {
		return !strings.Contains(s, "CERTIFICATE-----") || strings.Contains(s, "PRIVATE KEY")
	}
	if i := strings.Index(s, "://"); i >= 0 && !strings.ContainsAny(s[i+3:], "@?") {
		return false // an address without credentials
	}
	return varied(s)
}

// varied reports whether s looks chosen at random rather than taken from a
// language: enough different bytes, of more than one class, or long words of
// one class without a separator.
func varied(s string) bool {
	var seen [256]bool
	distinct, lower, upper, digit, other := 0, 0, 0, 0, 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !seen[c] {
			seen[c] = true
			distinct++
		}
		switch {
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		case '0' <= c && c <= '9':
			digit++
		default:
			other++
		}
	}
	if distinct < 5 {
		return false
	}
	classes := 0
	for _, k := range []int{lower, upper, digit} {
		if k > 0 {
			classes++
		}
	}
	return classes >= 2 && (digit > 0 || upper > 1 && lower > 1 && other*4 < len(s)) || classes == 1 && digit == len(s) && len(s) >= 12 ||
		other >= 3 && classes >= 1 && !strings.Contains(s, " ")
}

// unquote returns the inside of a quoted value, nil if v is not quoted.
func unquote(v []byte) []byte {
	t := bytes.TrimSpace(v)
	if n := len(t); n > 2 && (t[0] == '"' || t[0] == '\'' || t[0] == '`') && t[n-1] == t[0] {
		return t[1 : n-1]
	}
	return nil
}
