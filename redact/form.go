package redact

// A Form names one way in which a value can be spelled in text, as hit reports
// and [Match] carry it. Where a spelling was found behind escapes, the kind of
// escapes follows after a plus sign: "raw+json", "base64+percent".
type Form string

// The spellings of a value that a Matcher looks for, besides what is found
// behind escapes. docs/forms.md lists what each covers, and what is outside.
const (
	FormRaw         Form = "raw"              // the value itself, byte for byte
	FormTrimmed     Form = "trimmed"          // without surrounding white space
	FormUnquoted    Form = "unquoted"         // without surrounding quotes
	FormNewlines    Form = "newlines"         // CRLF for LF, or the reverse
	FormOneLine     Form = "one-line"         // newlines as spaces
	FormJoined      Form = "joined"           // newlines, and indentation after them, removed
	FormLines       Form = "lines"            // its lines in order, each with something before it
	FormBodyLine    Form = "body-line"        // one line of the body of a PEM block
	FormLeaf        Form = "leaf"             // one string in a JSON document
	FormUnescaped   Form = "unescaped"        // a value that contains escapes, unescaped
	FormPlus        Form = "plus"             // spaces as "+"
	FormReplaced    Form = "replaced"         // invalid UTF-8 as U+FFFD
	FormLatin1      Form = "latin1"           // in ISO 8859-1
	FormShell       Form = "shell"            // spliced single quotes, backslashes eaten
	FormDoubled     Form = "doubled"          // quotes, dollars or percent signs doubled
	FormCaret       Form = "caret"            // escaped for cmd.exe
	FormQP          Form = "quoted-printable" // RFC 2045
	FormHex         Form = "hex"              // lower case
	FormHexUpper    Form = "hex-upper"        // upper case
	FormHexSpaced   Form = "hex-spaced"       // fmt's "% x" and "% X"
	FormDecimal     Form = "decimal"          // [112 97 115], as fmt prints bytes, or with commas
	FormGoBytes     Form = "go-bytes"         // 0x70, 0x61, as fmt's "%#v" prints bytes
	FormBase64      Form = "base64"           // standard and URL alphabets, any alignment
	FormBase64Twice Form = "base64-twice"     // base64 of base64
	FormBase64UTF16 Form = "base64-utf16"     // base64 of UTF-16LE
	FormBase32      Form = "base32"           // both alphabets, either case
	FormASCII85     Form = "ascii85"          // as encoding/ascii85 writes it
	FormUTF16       Form = "utf16"            // little and big endian
)

// forms lists all forms in the order of their ids.
var forms = [...]Form{
	FormRaw, FormTrimmed, FormUnquoted, FormNewlines, FormOneLine, FormJoined, FormLines, FormBodyLine, FormLeaf,
	FormUnescaped, FormPlus, FormReplaced, FormLatin1, FormShell, FormDoubled, FormCaret, FormQP, FormHex, FormHexUpper,
	FormHexSpaced, FormDecimal, FormGoBytes, FormBase64, FormBase64Twice, FormBase64UTF16, FormBase32, FormASCII85, FormUTF16,
}

// Forms returns the names of all forms, in a fixed order. The list is frozen:
// it changes only with a major version.
func Forms() []Form { return append([]Form(nil), forms[:]...) }

// formID is an index into forms.
type formID uint8

var formIDs = func() map[Form]formID {
	m := make(map[Form]formID, len(forms))
	for i, f := range forms {
		m[f] = formID(i)
	}
	return m
}()

// formNames holds the name of every form in every view, so that a report
// allocates nothing.
var formNames = func() (t [len(forms)][numViews]Form) {
	for f := range t {
		for v := range t[f] {
			t[f][v] = forms[f]
			if viewID(v) != viewRaw {
				t[f][v] += "+" + Form(viewNames[v])
			}
		}
	}
	return
}()
