package redact

// DefaultMinLength is how many bytes a value must have, unless an option or the
// secret itself says otherwise.
const DefaultMinLength = 8

// MinMinLength is the least minimum length that can be asked for. Shorter
// values occur in innocent text all the time.
const MinMinLength = 4

// MaxLength is the longest value that a Matcher takes, in bytes: more than any
// secrets manager stores in one field.
const MaxLength = 1 << 20

// An Option configures a [Matcher]. Options are made by the functions of this
// package only.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is shared, read-only, by all the matchers that descend from one call
// of NewMatcher.
type config struct {
	min      int
	off      map[Form]bool
	format   tagFormat
	style    TagStyle
	observer Observer
	guarded  bool // tables in guarded memory
	noFilter bool // the automata read everything: for tests
}

// WithMinLength sets the minimum length of values in bytes, for secrets that
// have none of their own. The default is [DefaultMinLength]; below
// [MinMinLength] NewMatcher fails with a [MinLengthError].
func WithMinLength(n int) Option { return optionFunc(func(c *config) { c.min = n }) }

// WithoutForms switches off spellings by the names that [Forms] lists. [FormRaw]
// cannot be switched off.
func WithoutForms(forms ...Form) Option {
	return optionFunc(func(c *config) {
		if c.off == nil {
			c.off = make(map[Form]bool)
		}
		for _, f := range forms {
			c.off[f] = true
		}
	})
}

// WithTagFormat replaces the brackets of tags, "[REDACTED" and "]" by default.
// A tag is then open + ":" + names + close, and the constant tag open + close.
// Both are printable ASCII without bytes that JSON, HTML or logfmt would escape
// and without ":", "," "@", "~" and "+"; open has 4 to 32 bytes and its first
// byte occurs in it once; close is one byte that is not in the name alphabet.
// Otherwise NewMatcher fails with a [TagFormatError].
func WithTagFormat(open, close string) Option {
	return optionFunc(func(c *config) { c.format = tagFormat{open: open, close: close} })
}

// WithTagStyle sets what tags tell, [TagVersioned] by default.
func WithTagStyle(s TagStyle) Option { return optionFunc(func(c *config) { c.style = s }) }

// WithObserver has o told of every hit. See [Observer].
func WithObserver(o Observer) Option { return optionFunc(func(c *config) { c.observer = o }) }

// A TagStyle says how much a tag tells.
type TagStyle uint8

const (
	// TagDefault leaves the choice to the Matcher.
	TagDefault TagStyle = iota
	// TagVersioned names secret and version: [REDACTED:payments/db/password@v7].
	TagVersioned
	// TagNamed names the secret alone: [REDACTED:payments/db/password]. It is
	// what metrics want, where a version would start a new series.
	TagNamed
	// TagConstant names nothing: [REDACTED]. It is the only choice for what goes
	// to a remote peer, to whom a name would confirm a guess.
	TagConstant
)
