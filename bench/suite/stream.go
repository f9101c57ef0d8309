package suite

import (
	"bytes"
	"io"
	"runtime"
	"time"

	"github.com/seed-00b494d3/tagout/bench/corpus"
	"github.com/seed-00b494d3/tagout/bench/report"
	"github.com/seed-00b494d3/tagout/bench/rival"
	"github.com/seed-00b494d3/tagout/redact"
)

// stream measures the writers beside Append, on the same text.
func (s *Suite) stream() {
	t := report.Table{ID: "stream", Title: "Writers on clean JSON, 1,000 secrets in all forms, tagout", Unit: "GB/s", Columns: []string{"GB/s", "time, times Append's"}}
	text := []byte(s.text(corpus.JSON))
	j := rival.NewJob(corpus.Secrets(corpus.Tokens, min(1000, s.Most)), true)
	m, err := rival.Matcher(j)
	if err != nil {
		s.fail(ours, "stream: %v", err)
		return
	}
	dst := make([]byte, 0, len(text)+4096)
	base := s.Effort.Rate(len(text), func() { dst = m.Append(dst[:0], text) })
	lines := bytes.SplitAfter(text, []byte("\n"))
	ways := []struct {
		name string
		run  func(io.Writer)
	}{
		{"Append, whole", func(w io.Writer) { dst = m.Append(dst[:0], text); w.Write(dst) }},
		{"StreamWriter, writes of 1 MiB", func(w io.Writer) { writes(redact.NewStreamWriter(w, m), text, 1<<20) }},
		{"StreamWriter, writes of 4 KiB", func(w io.Writer) { writes(redact.NewStreamWriter(w, m), text, 4<<10) }},
		{"StreamWriter, writes of 100 bytes", func(w io.Writer) { writes(redact.NewStreamWriter(w, m), text, 100) }},
		{"RecordWriter, a line each", func(w io.Writer) {
			rw := redact.NewRecordWriter(w, m)
			for _, l := range lines {
				rw.Write(l)
			}
		}},
		{"Reader", func(w io.Writer) { io.Copy(w, redact.NewReader(bytes.NewReader(text), m)) }},
	}
	for _, way := range ways {
		var got bytes.Buffer
		way.run(&got)
		row := report.Row{Name: way.name}
		if !bytes.Equal(got.Bytes(), text) {
			s.fail(ours, "stream: %s: another answer", way.name)
			row.Cells = []report.Cell{report.Word("wrong"), report.Word("wrong")}
		} else {
			r := s.Effort.Rate(len(text), func() { way.run(io.Discard) })
			row.Cells = []report.Cell{report.Figure(r), report.Figure(base / r)}
		}
		t.Rows = append(t.Rows, row)
	}
	s.add(t)
	s.long(m, text)
}

// long writes a long stream and watches the heap.
func (s *Suite) long(m *redact.Matcher, text []byte) {
	total, limit := s.Long, 5*time.Second
	if s.Full {
		limit = 2 * time.Minute
	}
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	w := redact.NewStreamWriter(io.Discard, m)
	written, most := 0, uint64(0)
	start := time.Now()
	for written < total && time.Since(start) < limit {
		for at := 0; at < len(text); at += 1 << 20 {
			n, err := w.Write(text[at:min(at+1<<20, len(text))])
			written += n
			if err != nil {
				s.fail(ours, "stream: %v", err)
				return
			}
		}
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapAlloc-min(now.HeapAlloc, before.HeapAlloc))
	}
	s.add(report.Table{ID: "long", Title: "One long stream through a StreamWriter, writes of 1 MiB, tagout", Unit: "",
		Columns: []string{"GiB written", "MB of heap more, at most", "bytes held at its end"},
		Rows: []report.Row{{Name: "clean JSON", Cells: []report.Cell{
			report.Figure(float64(written) / (1 << 30)), report.Figure(float64(most) / 1e6), report.Figure(float64(w.Held()))}}}})
}

func writes(w *redact.StreamWriter, text []byte, n int) {
	for len(text) > n {
		w.Write(text[:n])
		text = text[n:]
	}
	w.Write(text)
	w.Close()
}
