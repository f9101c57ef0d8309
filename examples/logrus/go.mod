module github.com/seed-00b494d3/tagout/examples/logrus

go 1.26.0

replace github.com/seed-00b494d3/tagout => ../..

require (
	github.com/seed-00b494d3/tagout v0.0.0
	github.com/sirupsen/logrus v1.9.3
)

require golang.org/x/sys v0.49.0 // indirect
