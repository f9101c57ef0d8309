module github.com/seed-00b494d3/tagout/bench

go 1.26.0

replace github.com/seed-00b494d3/tagout => ..

require (
	github.com/BobuSumisu/aho-corasick v1.0.3
	github.com/cloudflare/ahocorasick v0.0.0-20240916140611-054963ec9396
	github.com/petar-dambovaliev/aho-corasick v0.0.0-20250424160509-463d218d4745
	github.com/seed-00b494d3/tagout v0.0.0
	github.com/wasilibs/go-re2 v1.13.0
)

require golang.org/x/sys v0.49.0 // indirect
