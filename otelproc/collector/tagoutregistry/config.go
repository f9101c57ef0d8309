package tagoutregistry

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-00b494d3/tagout/redact"
)

// Config is the configuration of the extension. Only Sources is required.
type Config struct {
	// Sources say where the secrets are. No two may give the same name.
	Sources []SourceConfig `mapstructure:"sources"`

	// RefreshInterval is how often the sources are read, 30s by default.
	RefreshInterval time.Duration `mapstructure:"refresh_interval"`

	// Jitter spreads the reads of many Collectors: each wait is longer or
	// shorter by up to this part of the interval, 0.2 by default.
	Jitter float64 `mapstructure:"jitter"`

	// MaxAge makes the registry stale when the sources could not be read for so
	// long, 5m by default. What a processor does then is its on_unavailable. 0
	// is never.
	MaxAge time.Duration `mapstructure:"max_age"`

	// Grace is how long a value that was rotated out or removed stays redacted,
	// 72h by default and 24h at least. 0 is the life of the process.
	Grace time.Duration `mapstructure:"grace"`

	// MinLength is the minimum length of values in bytes, 8 by default and 4 at
	// least. Shorter values are refused and logged by name.
	MinLength int `mapstructure:"min_length"`

	// KeyFile is a file of 32 bytes or more, the key of the fingerprints that
	// stand for versions where a source has none. Collectors that share it show
	// the same versions. By default each process draws its own.
	KeyFile string `mapstructure:"key_file"`

	// Telemetry configures the extension's own metrics.
	Telemetry TelemetryConfig `mapstructure:"telemetry"`
}

// TelemetryConfig configures the hit counter.
type TelemetryConfig struct {
	// SecretNames shows names and versions of secrets in the hit counter, true
	// by default. Switch it off where strangers can read the metrics: a name
	// confirms a guess.
	SecretNames bool `mapstructure:"secret_names"`
	// MaxSecrets is how many pairs of name and version get series of their own,
	// 1000 by default. The others share one.
	MaxSecrets int `mapstructure:"max_secrets"`
}

// SourceConfig is one source: exactly one of its kinds is set.
type SourceConfig struct {
	// Name is put before the names of the secrets: "payments" makes db/password
	// payments/db/password.
	Name string `mapstructure:"name"`
	// Optional lets the Collector start although the source cannot be read. It
	// is tried again.
	Optional bool `mapstructure:"optional"`

	File      *FileConfig      `mapstructure:"file"`
	Directory *DirectoryConfig `mapstructure:"directory"`
	Env       *EnvConfig       `mapstructure:"env"`
	Vault     *VaultConfig     `mapstructure:"vault"`
	AWS       *AWSConfig       `mapstructure:"aws"`
	Azure     *AzureConfig     `mapstructure:"azure"`
	GCP       *GCPConfig       `mapstructure:"gcp"`
}

// FileConfig is a file that holds one secret or several.
type FileConfig struct {
	Path string `mapstructure:"path"`
	// Format is "json" (the default: an object of strings, or of such objects,
	// whose keys become the path of the name), "dotenv" (KEY=value lines) or
	// "raw" (one value, under the name of the source).
	Format string `mapstructure:"format"`
}

// DirectoryConfig is a directory in which every file holds one secret, named as
// the file is. Files whose names begin with a dot are not read.
type DirectoryConfig struct {
	Path string `mapstructure:"path"`
}

// EnvConfig lists environment variables of the Collector that hold secrets.
type EnvConfig struct {
	Names []string `mapstructure:"names"`
}

func createDefaultConfig() *Config {
	return &Config{
		RefreshInterval: 30 * time.Second,
		Jitter:          0.2,
		MaxAge:          5 * time.Minute,
		Grace:           72 * time.Hour,
		MinLength:       redact.DefaultMinLength,
		Telemetry:       TelemetryConfig{SecretNames: true, MaxSecrets: 1000},
	}
}

// Validate implements xconfmap.Validator.
func (c *Config) Validate() error {
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Sources) == 0 {
		add("sources: one is needed at least")
	}
	if c.RefreshInterval < time.Second {
		add("refresh_interval: %v is less than 1s", c.RefreshInterval)
	}
	if !(c.Jitter >= 0 && c.Jitter < 1) {
		add("jitter: %v is not between 0 and 1", c.Jitter)
	}
	if c.MaxAge != 0 && c.MaxAge < c.RefreshInterval {
		add("max_age: %v is less than refresh_interval", c.MaxAge)
	}
	if c.Grace != 0 && c.Grace < 24*time.Hour {
		add("grace: %v is less than 24h; 0 is the life of the process", c.Grace)
	}
	if c.MinLength < redact.MinMinLength {
		add("min_length: %d is less than %d", c.MinLength, redact.MinMinLength)
	}
	if c.Telemetry.MaxSecrets < 0 {
		add("telemetry: max_secrets: %d is negative", c.Telemetry.MaxSecrets)
	}
	for i, s := range c.Sources {
		if err := s.validate(); err != nil {
			add("sources[%d]: %w", i, err)
		}
	}
	return errors.Join(errs...)
}

func (s *SourceConfig) validate() error {
	n := 0
	for _, set := range []bool{s.File != nil, s.Directory != nil, s.Env != nil, s.Vault != nil, s.AWS != nil, s.Azure != nil, s.GCP != nil} {
		if set {
			n++
		}
	}
	switch {
	case n != 1:
		return errors.New("exactly one of file, directory, env, vault, aws, azure and gcp is needed")
	case s.File != nil && s.File.Path == "":
		return errors.New("file: path is missing")
	case s.File != nil && s.File.Format == "raw" && s.Name == "":
		return errors.New("file: format raw needs the name of the source")
	case s.Directory != nil && s.Directory.Path == "":
		return errors.New("directory: path is missing")
	case s.Env != nil && len(s.Env.Names) == 0:
		return errors.New("env: names are missing")
	}
	switch {
	case s.Vault != nil:
		return s.Vault.validate()
	case s.AWS != nil:
		return s.AWS.validate()
	case s.Azure != nil:
		return s.Azure.validate()
	case s.GCP != nil:
		return s.GCP.validate()
	}
	if s.File != nil {
		switch s.File.Format {
		case "", "json", "dotenv", "raw":
		default:
			return errors.New(`file: format must be "json", "dotenv" or "raw"`)
		}
	}
	return nil
}

// address checks the URL of a secrets manager. It is part of names, errors and
// log entries, so that it must not hold a credential, and no error here shows it.
func address(of, raw string, schemes ...string) error {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return fmt.Errorf("%s is missing", of)
	case err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme):
		return fmt.Errorf("%s: not a URL with a host and the scheme %s", of, strings.Join(schemes, " or "))
	case u.User != nil:
		return fmt.Errorf("%s: a URL with a user or a password is refused", of)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return fmt.Errorf("%s: a URL with a query or a fragment is refused", of)
	}
	return nil
}
