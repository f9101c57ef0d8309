package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/seed-00b494d3/tagout/internal/sources"
	"github.com/seed-00b494d3/tagout/redact"
	"github.com/seed-00b494d3/tagout/secretsregistry"
)

// protect is the flags that say what is secret and how tags look, and turns
// them into a Registry.
type protect struct {
	files, dirs, env []string
	vault            fromVault
	noDefaultEnv     bool
	key              string
	minLength        int
	tags             string
	quiet, verbose   bool
	stats            bool

	longest int // bytes of the longest value, set by load

	defaultEnv bool // the command looks at the variables of sources.DefaultEnv
}

func (f *protect) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.SortFlags = false
	fs.StringArrayVar(&f.files, "secrets", nil, "read secrets from `FILE`: JSON, YAML or dotenv")
	fs.StringArrayVar(&f.dirs, "dir", nil, "read secrets from `DIR`, one file per secret")
	fs.StringArrayVar(&f.env, "env", nil, "protect variables whose name matches `PATTERN`")
	f.vault.register(cmd)
	if f.defaultEnv {
		fs.BoolVar(&f.noDefaultEnv, "no-default-env", false, "do not look at variables unless --env says so")
	}
	fs.IntVar(&f.minLength, "min-length", redact.DefaultMinLength, fmt.Sprintf("shortest value to protect, in `BYTES` (at least %d)", redact.MinMinLength))
	fs.StringVar(&f.tags, "tags", "versioned", "what tags tell: `STYLE` versioned, named or constant")
	fs.StringVar(&f.key, "fingerprint-key", "", "`FILE` of 32 bytes or more: same versions in every run for secrets that have none")
	fs.BoolVar(&f.stats, "stats", false, "print a table of what was found to standard error")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "print the names of what is protected")
	fs.BoolVarP(&f.quiet, "quiet", "q", false, "no warnings")
}

// sets reads all sources. A further kind of source adds its Set here.
func (f *protect) sets(p *process) (sources.Set, error) {
	var all sources.Set
	for _, path := range f.files {
		s, err := sources.File(path)
		if err != nil {
			return all, fmt.Errorf("--secrets: %w", err)
		}
		all.Add(s)
	}
	for _, path := range f.dirs {
		s, err := sources.Dir(path)
		if err != nil {
			return all, fmt.Errorf("--dir: %w", err)
		}
		all.Add(s)
	}
	patterns := f.env
	if f.defaultEnv && !f.noDefaultEnv {
		patterns = append(sources.DefaultEnv(), patterns...)
	}
	s, err := sources.Env(p.environ, patterns)
	if err != nil {
		return all, err
	}
	all.Add(s)
	return all, nil
}

// load reads the sources into a Registry, which from then on covers the messages
// of p as well. It fails if there is nothing to protect.
func (f *protect) load(p *process) (*secretsregistry.Registry, error) {
	opts, err := f.options()
	if err != nil {
		return nil, err
	}
	set, err := f.sets(p)
	if err != nil {
		return nil, err
	}
	reg := secretsregistry.New(opts...)
	p.secrets = reg
	for _, s := range set.Secrets {
		f.longest = max(f.longest, s.Len())
	}
	refused := reg.Put(set.Secrets...)
	if err := f.vault.load(p, reg, f.quiet); err != nil {
		return nil, err
	}
	if len(f.vault.paths) > 0 {
		f.longest = max(f.longest, vaultLongest)
	}
	if !f.quiet {
		for _, w := range set.Warnings {
			p.sayf("warning: %s", w)
		}
		for _, err := range split(refused) {
			p.sayf("warning: not protected: %v", err)
		}
	}
	if f.verbose {
		for _, n := range set.Notes {
			p.sayf("not a secret: %s", n)
		}
		for _, e := range reg.List() {
			p.sayf("protected: %s@%s", e.Name, e.Version)
		}
	}
	if !slices.ContainsFunc(reg.List(), func(e secretsregistry.Entry) bool { return !strings.HasPrefix(e.Name, ownCredentials) }) {
		return nil, f.nothing(len(set.Secrets))
	}
	return reg, nil
}

// options checks the flags before anything is read.
func (f *protect) options() ([]secretsregistry.Option, error) {
	style, ok := map[string]redact.TagStyle{
		"versioned": redact.TagVersioned, "named": redact.TagNamed, "constant": redact.TagConstant,
	}[f.tags]
	if !ok {
		return nil, errors.New("--tags: versioned, named or constant")
	}
	if f.minLength < redact.MinMinLength {
		return nil, fmt.Errorf("--min-length: at least %d", redact.MinMinLength)
	}
	opts := []secretsregistry.Option{
		secretsregistry.WithMatcherOptions(redact.WithMinLength(f.minLength), redact.WithTagStyle(style)),
	}
	if f.key != "" {
		key, err := os.ReadFile(f.key)
		if err != nil {
			return nil, fmt.Errorf("--fingerprint-key: %w", err)
		}
		defer clear(key)
		if len(key) < 32 {
			return nil, fmt.Errorf("--fingerprint-key: %s has %d bytes, at least 32 are needed", f.key, len(key))
		}
		opts = append(opts, secretsregistry.WithKey(key))
	}
	return opts, nil
}

// nothing is the error for an empty set. It tells what to do.
func (f *protect) nothing(refused int) error {
	switch {
	case refused > 0:
		return fmt.Errorf("nothing to protect: all %d values were refused (see --min-length)", refused)
	case len(f.files)+len(f.dirs)+len(f.env)+len(f.vault.paths) > 0:
		return errors.New("nothing to protect: the sources hold no secret (--verbose tells what they hold)")
	case f.defaultEnv && !f.noDefaultEnv:
		return errors.New("nothing to protect: no variable looks like a secret\n" + howTo)
	}
	return errors.New("nothing to protect\n" + howTo)
}

const howTo = `say what is secret, by one or more of
  --secrets FILE   JSON, YAML or dotenv
  --dir DIR        one file per secret
  --vault ADDR --path PATH
                   Vault or OpenBao
  --env PATTERN    variables of the environment, such as '*_TOKEN'`

// split returns the errors that err joins.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range j.Unwrap() {
			all = append(all, split(e)...)
		}
		return all
	}
	return []error{err}
}

// defaultEnvHelp lists the default patterns for the help text.
func defaultEnvHelp() string {
	var b strings.Builder
	col := 0
	for _, p := range sources.DefaultEnv() {
		if col+len(p) > 70 {
			b.WriteString("\n")
			col = 0
		}
		if col == 0 {
			b.WriteString(" ")
		}
		b.WriteString(" " + p)
		col += len(p) + 1
	}
	return b.String()
}
