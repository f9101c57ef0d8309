// Package tree holds tests of what must hold across the whole tree: what an
// importer of one package has to download, and that the documents say what the
// code does. Which package may import which is tested at the root. It has no
// code of its own.
package tree
