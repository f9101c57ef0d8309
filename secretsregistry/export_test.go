package secretsregistry

import "time"

// WithClocks is withClocks for tests.
var WithClocks = withClocks

// WithWall replaces the wall clock of a Registry, which otherwise cannot be told
// apart from the monotonic one in a test.
func WithWall(wall func() time.Time) Option {
	return optionFunc(func(c *config) { c.wall = wall })
}

// Classify returns what a field is redacted as, name=value, and what is not,
// name (reason).
func Classify(path string, fields map[string]string, rules map[string]FieldRule) (needles, refused []string) {
	n, r := classify(path, fields, rules)
	for _, x := range n {
		needles = append(needles, x.name+"="+x.value)
	}
	for _, x := range r {
		refused = append(refused, x.field+" ("+x.reason+")")
	}
	return needles, refused
}
