package redact

// Work returns how many steps it takes to redact a text, beside what the filter
// skips: characters read in any view, matches placed, tags looked for.
func Work(m *Matcher, text []byte) int {
	sc := scanAll(m.engine(), text, &zeroSinkConfig)
	if sc == nil {
		return 1
	}
	defer sc.release()
	return sc.work
}
