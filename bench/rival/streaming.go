package rival

import "strings"

// streaming does what the maskers of CI runners do on a stream, written anew
// for this comparison: it remembers every pattern that may be under way,
// and at each byte moves each of them on or drops it. Patterns that begin with
// the byte start anew.
var streaming = Engine{
	Name:    "naive streaming replacer",
	PerByte: 2,
	Build: func(j Job) (Redactor, error) {
		texts, tags := j.texts(), j.tags()
		var byFirst [256][]int32
		for i, t := range texts {
			byFirst[t[0]] = append(byFirst[t[0]], int32(i))
		}
		type partial struct {
			pattern int32
			matched int32
		}
		return Redactor{Redact: func(s string) string {
			var out strings.Builder
			active := make([]partial, 0, 64)
			flushed := 0 // s[:flushed] is decided
			for at := 0; at < len(s); at++ {
				c := s[at]
				kept := active[:0]
				done := int32(-1)
				for _, p := range active {
					t := texts[p.pattern]
					if t[p.matched] != c {
						continue
					}
					p.matched++
					if int(p.matched) < len(t) {
						kept = append(kept, p)
					} else if done < 0 || len(t) > len(texts[done]) {
						done = p.pattern
					}
				}
				active = kept
				for _, i := range byFirst[c] {
					active = append(active, partial{i, 1})
				}
				if done >= 0 {
					out.WriteString(s[flushed : at+1-len(texts[done])])
					out.WriteString(tags[done])
					flushed = at + 1
					active = active[:0]
				}
			}
			if flushed == 0 {
				return s
			}
			out.WriteString(s[flushed:])
			return out.String()
		}}, nil
	},
}
