package report

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sample() *Run {
	return &Run{Date: "2026-01-02", Mode: "full", OS: "linux", Arch: "amd64", CPU: "a <CPU> & more", Cores: 2, Tables: []Table{
		{ID: "secrets", Title: "Many & few", Unit: "GB/s", Columns: []string{"10", "1,000"}, Rows: []Row{
			{"tagout", []Cell{Figure(12.345), Figure(6)}}, {"other", []Cell{Figure(0.0123), Word("panics")}}}},
		{ID: "hostile", Title: "Hostile", Unit: "GB/s", Columns: []string{"tagout", "other"}, Rows: []Row{
			{"all a", []Cell{Figure(1), Word("-")}}}},
	}}
}

func TestFill(t *testing.T) {
	doc := "before\n<!-- bench: secrets -->\nold\n<!-- /bench -->\nbetween\n<!-- bench: where -->\n<!-- /bench -->\n"
	got, err := sample().Fill(doc)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n<!-- bench: secrets -->\n| GB/s | 10 | 1,000 |\n|---|---:|---:|\n| tagout | 12.3 | 6.00 |\n| other | 0.012 | panics |\n<!-- /bench -->\nbetween\n" +
		"<!-- bench: where -->\n2026-01-02, linux/amd64, a <CPU> & more, 2 processors, full mode\n<!-- /bench -->\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again, err := sample().Fill(got); err != nil || again != got {
		t.Errorf("filling twice changes the document: %v\n%s", err, again)
	}
	if _, err := sample().Fill("<!-- bench: nosuch -->\n<!-- /bench -->\n"); err == nil {
		t.Error("a marker without a table passes")
	}
}

func TestSaveLoadRender(t *testing.T) {
	dir := t.TempDir()
	quick := sample()
	quick.Mode, quick.Date = "quick", "2027-01-01"
	for _, r := range []*Run{sample(), quick} {
		if err := r.Save(dir); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got.Date != "2026-01-02" {
		t.Errorf("a quick run of %s comes before a full one", got.Date)
	}
	if v, ok := got.Cell("secrets", "tagout", "1,000"); !ok || v != 6 {
		t.Errorf("got %v, %v", v, ok)
	}
	if _, ok := got.Cell("secrets", "other", "1,000"); ok {
		t.Error("a word is a figure")
	}
	page := filepath.Join(dir, got.Name(), "README.md")
	before, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if err := Render(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(page); err != nil || string(after) != string(before) {
		t.Errorf("rendering again changes the page: %v", err)
	}
	for _, id := range []string{"secrets", "hostile"} {
		svg, err := os.ReadFile(filepath.Join(dir, got.Name(), id+".svg"))
		if err != nil {
			t.Fatal(err)
		}
		dec := xml.NewDecoder(strings.NewReader(string(svg)))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s.svg: %v", id, err)
			}
		}
		if strings.Contains(string(svg), "NaN") || strings.Contains(string(svg), "%!") {
			t.Errorf("%s.svg: %s", id, svg)
		}
	}
}

func TestCellString(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 12345.6: "12,346", 123.4: "123", 12.34: "12.3", 1.234: "1.23", 0.1234: "0.12", 0.01234: "0.012", 0.0001234: "1.2e-04"} {
		if got := Figure(v).String(); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
	if got := Thousands(1234567); got != "1,234,567" {
		t.Errorf("got %s", got)
	}
}
